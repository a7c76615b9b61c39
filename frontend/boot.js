// Stands in the page itself, and runs as soon as the browser reads it: applies the stored theme, then loads the app.
// The names in double braces are filled in by `cargo xtask build`: they carry the hash of their content.
(() => {
  try {
    const theme = localStorage.getItem("rollcall-theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch {
    // Storage is switched off: the system's theme it is.
  }
  // A trap of the app ends it for good, whatever is still on the page. Half an app must not look like a whole one.
  const stopped = (error) => {
    const notice = document.getElementById("stopped");
    if (globalThis.WebAssembly && error instanceof WebAssembly.RuntimeError && notice) notice.hidden = false;
  };
  addEventListener("error", (event) => stopped(event.error));
  addEventListener("unhandledrejection", (event) => stopped(event.reason));
  // What the page at this address needs beside the first part of the app, which would ask for it only once it runs.
  const path = location.pathname;
  const part = path === "/activity" || path.endsWith("/history") ? "past" : path.endsWith("/compare") ? "sheet"
    : path.startsWith("/sets/") ? "set" : path === "/" ? "fleet" : "";
  // In a function that answers later: a browser without WebAssembly is to be told of below, not to end here.
  const first = (async () => WebAssembly.compileStreaming(fetch("{{wasm}}")))();
  // Whether it failed is a matter of whoever takes it.
  const quiet = (promise) => { promise.catch(() => {}); return promise; };
  quiet(first);
  // Many small files cost more than their bytes: the parts that this page needs come in one, end to end, and are compiled while
  // the app's script is read. `part` in that script (`xtask/src/build/split.rs`) takes them over.
  const parts = window.rollcallParts = {};
  const pack = ({{packs}})[part];
  if (pack) {
    const bytes = quiet((async () => {
      const answer = await fetch(pack.url);
      if (!answer.ok) throw new Error(`${pack.url}: ${answer.status}`);
      return answer.arrayBuffer();
    })());
    let at = 0;
    for (const [url, size] of pack.parts) {
      const from = at;
      parts[url] = quiet(bytes.then((all) => WebAssembly.compile(new Uint8Array(all, from, size))));
      at += size;
    }
  }
  // What the app asks for first, whatever the page: it is on its way while the app is compiled. `api::request` takes it over.
  if (path !== "/login" && path !== "/setup") {
    for (const url of ["/api/v1/session", "/api/v1/sets"]) {
      const headers = { accept: "application/json", "content-type": "application/json" };
      // The body is read as it comes, while the app is compiled. Beside its answer and not in another one: what is read out of an
      // answer comes a turn later, in which the browser would paint a page without a fleet first.
      const whole = async () => {
        const answer = await fetch(url, { headers });
        return [answer, await answer.arrayBuffer()];
      };
      (window.rollcallAsked ??= {})[url] = quiet(whole());
    }
  }
  // The app may be here before the rest of the page is.
  const parsed = new Promise((resolve) => {
    if (document.readyState === "loading") addEventListener("DOMContentLoaded", resolve);
    else resolve();
  });
  // Where the app is here at once, nobody reads that it loads, and the browser has one page less to lay out and to paint.
  const tell = (words) => parsed.then(() => {
    const boot = document.getElementById("boot");
    if (boot) boot.textContent = words;
  });
  setTimeout(() => tell("Loading Rollcall…"), 300);
  // Begun when all of it is here, the app and its first page are made in one go. One after the other, the browser would compile each
  // part between two frames of a page without any. It waits for 0.1 s at most once the app itself is here.
  const soon = first.then(() => new Promise((resolve) => setTimeout(resolve, 100)));
  const rest = Promise.all([...Object.values(parts), ...Object.values(window.rollcallAsked ?? {})]);
  // What fails is told of by whoever needs it.
  const ready = Promise.race([rest, soon]).catch(() => {});
  Promise.all([import("{{js}}"), parsed, ready])
    .then(([app]) => app.default({ module_or_path: first }))
    .catch((error) => {
      console.error(error);
      tell("Rollcall could not start in this browser: " + error.message);
    });
})();
