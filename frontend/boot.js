// Runs before the first paint: applies the stored theme, then loads the app.
// `{{js}}` and `{{wasm}}` are filled in by `cargo xtask build` with the hashed names.
(() => {
  try {
    const theme = localStorage.getItem("rollcall-theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch {
    // Storage is switched off: the system's theme it is.
  }
  // The app may be here before the rest of the page is.
  const parsed = new Promise((resolve) => {
    if (document.readyState === "loading") addEventListener("DOMContentLoaded", resolve);
    else resolve();
  });
  Promise.all([import("{{js}}"), parsed])
    .then(([app]) => app.default({ module_or_path: "{{wasm}}" }))
    .catch((error) => {
      console.error(error);
      const boot = document.getElementById("boot");
      if (boot) boot.textContent = "Rollcall could not start in this browser: " + error.message;
    });
})();
