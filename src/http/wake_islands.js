const { script, wasm } = document.querySelector("script[data-wasm]").dataset;
import(script)
  .then(async (site) => {
    await site.default({ module_or_path: wasm });
    site.hydrate();
    for (const island of document.querySelectorAll("leptos-island")) await site[island.dataset.component]?.(island);
    document.documentElement.dataset.islands = "awake";
  })
  .catch((error) => console.warn("The page stays plain:", error));
