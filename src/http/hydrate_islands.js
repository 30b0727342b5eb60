const { script, wasm } = document.querySelector("script[data-wasm]").dataset;
const hydrate = async () => {
  const site = await import(script);
  await site.default({ module_or_path: wasm });
  site.hydrate();
  for (const island of document.querySelectorAll("leptos-island")) await site[island.dataset.component]?.(island);
  site.after_hydration();
  document.documentElement.dataset.islands = "hydrated";
};
// After the page is seen: compiling keeps a cheap phone from painting.
requestAnimationFrame(() => setTimeout(() => hydrate().catch((error) => {
  document.documentElement.dataset.islands = "failed";
  console.warn("The page stays plain:", error);
})));
