const { script, wasm } = document.querySelector("script[data-wasm]").dataset;
const hydrate = async () => {
  const site = await import(script);
  await site.default({ module_or_path: wasm });
  site.hydrate();
  for (const island of document.querySelectorAll("leptos-island")) await site[island.dataset.component]?.(island);
  site.after_hydration();
  document.documentElement.dataset.islands = "hydrated";
};
// The text of the page is painted, or a second has passed: a tab in the background is never painted.
const painted = new Promise((resolve) => {
  setTimeout(resolve, 1000);
  new PerformanceObserver(() => setTimeout(resolve)).observe({ type: "paint", buffered: true });
});
// After the page is seen: loading keeps its text from arriving, and compiling keeps a cheap phone from painting.
painted.then(hydrate).catch((error) => {
  document.documentElement.dataset.islands = "failed";
  console.warn("The page stays plain:", error);
});
