/** What scripts of the page put into its window before our modules run. */
interface Window {
  /** Leaflet, which comes as a script. */
  L: typeof import("leaflet");
}
