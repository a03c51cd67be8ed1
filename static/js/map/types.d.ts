/** Types of what the maps draw, and of who hears what was pointed at. */
declare namespace Chart {
  type Leaflet = import("leaflet").Map;
  type Layer = import("leaflet").Layer;
  type Options = Record<string, any>;
  /** Gives Leaflet's options for a path in a pane. */
  type Put = (pane: string, options: Options) => any;
  type Styled = import("leaflet").Path;

  /** How a class is drawn, on the map and in the legend. */
  interface Sign {
    key: string;
    mark?: string;
    fill: string;
    fill_opacity: number;
    stroke: string;
    weight: number;
    dash?: string;
    pattern?: string;
    print_pattern?: string;
  }
  interface Class {
    key: string;
    group: string;
    label: string;
    symbol: Sign;
    count: number;
  }

  /** What lies under a theme, as the server encodes it. */
  interface Quiet {
    shapes: Shared.EncodedShape[];
    open?: boolean[];
    colors?: string[];
  }
  interface Backdrop {
    communities: Quiet & { codes: string[]; names: string[] };
    roads?: Record<string, Shared.Steps[]>;
    barriers?: Record<string, Shared.Steps[]>;
    gates?: Record<string, { label: string; shapes: Shared.EncodedShape[]; names: string[] }>;
    [layer: string]: any;
  }
  /** What the maps need of a page's data. */
  interface Page {
    backdrop: Backdrop;
    bounds: Shared.Box | null;
    question: { community: string | null };
    overview?: boolean;
    tiled?: string[];
  }

  /** The theme's features by position, as the map needs them. */
  interface Features {
    count: number;
    id(n: number): string;
    name(n: number): string;
    class(n: number): Class;
    shape(n: number): Shared.Shape | null;
  }
  /** The way of a building to its station; a line is empty where there is none. */
  interface Way {
    lines: { leg: Shared.LngLat[]; roads: Shared.LngLat[]; last: Shared.LngLat[] };
    metres: { leg: number; roads: number; last: number };
    leg?: string | null;
    said: string[];
  }
  type Told = (n: number) => HTMLElement;
  type Chosen = (n: number) => boolean;

  /** What the workbench hears of its map, and is asked for. */
  interface Hears {
    /** Where the view begins: zoom, latitude, longitude. */
    begin: [number, number, number] | null;
    select(n: number): void;
    pick(id: string): void;
    pointer(lat: number, lng: number): void;
    view(view: [number, number, number]): void;
    label: Told;
    told(name: string, of: Class): HTMLElement;
    gathered(count: number, most: Class): HTMLElement;
    movable(n: number): boolean;
    moved(n: number, lat: number, lng: number): void;
    classes(): Map<string, Class>;
    tile(part: string, ...at: (string | number)[]): string;
    failed(error?: unknown): void;
  }

  /** A feature of a vector tile: lines are x, y, x, y, … in steps of the tile, rings left open. */
  interface TileFeature {
    kind: number;
    properties: Record<string, any>;
    lines: number[][];
    box: Shared.Box;
  }
  interface TileLayer {
    name: string;
    extent: number;
    features: TileFeature[];
  }
  interface Style {
    color?: string;
    weight?: number;
    opacity?: number;
    fill?: string | false;
    fillOpacity?: number;
    dash?: number[];
    cap?: CanvasLineCap;
    pattern?: Pattern | null;
  }
  type Pattern = (pen: CanvasRenderingContext2D, pixel: number, origin: [number, number]) => CanvasPattern;
  type Pass = { style: Style; features: TileFeature[] };
  type Paint = (layer: TileLayer, zoom: number) => Pass[];
  /** A tile of a sheet: what it holds, and what is being done for it. */
  interface Tile {
    stopped: boolean;
    layers: TileLayer[] | null;
    canvas: HTMLCanvasElement;
    at: { x: number; y: number; z: number };
    side: number;
    job: Job | null;
    fetching?: AbortController;
  }
  type Job = { stopped: boolean };

  /** Scale and shift from a plan's plane to the screen. */
  interface View {
    k: number;
    x: number;
    y: number;
    zoom: number;
  }
  type Painter = (pen: CanvasRenderingContext2D, view: View, box: Shared.Box) => void;
  type At = [number, number];
  /** What the editor of plans hears of its map; places are of the plane. */
  interface EditorHears {
    click(at: At, event: any): unknown;
    dblclick(at: At, event: any): unknown;
    hover(at: At, event: any): unknown;
    leave(): unknown;
    grabs?(at: At): boolean;
    down(at: At, event?: any): unknown;
    drag(at: At, event: any): unknown;
    up(at: At, event: any, far: boolean, cancelled: boolean): unknown;
    pointer(lat: number, lng: number): unknown;
    view?(zoom: number): unknown;
  }
}
