// The guide of a demo: sends the key of the link, and resets.
(() => {
  try {
    const theme = localStorage.getItem("rollcall-theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch {
    // Storage is switched off: the system's theme it is.
  }
  const post = (path, body) =>
    fetch(path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  const says = async (answer) => {
    const problem = await answer.json().catch(() => null);
    return problem?.detail ?? "The server answered " + answer.status + ".";
  };
  const door = document.getElementById("door");
  const refuse = (text) => {
    door.firstElementChild.textContent = text;
    door.hidden = false;
  };
  const gone = "The demo does not answer: it has ended. Start it again, and open its new link.";

  const key = location.hash.slice(1);
  const entered = async () => {
    if (key) {
      // Out of the address, so that it is not copied along.
      history.replaceState(null, "", location.pathname);
      const answer = await post("/demo/enter", { key });
      if (!answer.ok) refuse(await says(answer));
      return;
    }
    const session = await fetch("/api/v1/session");
    if (session.status === 401) refuse("Open the link that the demo has printed: it lets you in.");
  };
  const inside = entered().catch(() => refuse(gone));
  // Whoever is quicker than the key would stand before a closed door.
  let settled = false;
  inside.then(() => { settled = true; });
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    if (settled || !link) return;
    event.preventDefault();
    inside.then(() => location.assign(link.href));
  });

  const button = document.getElementById("reset");
  const done = document.getElementById("done");
  button.addEventListener("click", async () => {
    if (button.getAttribute("aria-disabled")) return;
    button.setAttribute("aria-disabled", "true");
    done.textContent = "Making the sets anew…";
    try {
      const answer = await post("/demo/reset", {});
      done.textContent = answer.ok ? "Done: every set is as it was." : await says(answer);
    } catch {
      done.textContent = gone;
    }
    button.removeAttribute("aria-disabled");
  });
})();
