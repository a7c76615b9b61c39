// Runs before the first paint: applies the stored theme, then loads the app.
// `/rollcall.6af1b433212b9d3d.js` and `/rollcall.b352dffcd11590da.wasm` are filled in by `cargo xtask build` with the hashed names.
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
    if (error instanceof WebAssembly.RuntimeError && notice) notice.hidden = false;
  };
  addEventListener("error", (event) => stopped(event.error));
  addEventListener("unhandledrejection", (event) => stopped(event.reason));
  // The app may be here before the rest of the page is.
  const parsed = new Promise((resolve) => {
    if (document.readyState === "loading") addEventListener("DOMContentLoaded", resolve);
    else resolve();
  });
  Promise.all([import("/rollcall.6af1b433212b9d3d.js"), parsed])
    .then(([app]) => app.default({ module_or_path: "/rollcall.b352dffcd11590da.wasm" }))
    .catch((error) => {
      console.error(error);
      const boot = document.getElementById("boot");
      if (boot) boot.textContent = "Rollcall could not start in this browser: " + error.message;
    });
})();
