/** Types of what the service sends to all pages. */
declare namespace Shared {
  /** Latitude and longitude, in Leaflet's order. */
  type LatLng = [number, number];
  /** Longitude and latitude, in GeoJSON's order. */
  type LngLat = [number, number];
  /** West, south, east, north in degrees; or left, top, right, bottom of a plane. */
  type Box = [number, number, number, number];

  /** A column of values, or of words that repeat; see web/maps/encode.py. */
  interface Encoded {
    values?: Value[];
    words?: string[];
    at?: number[];
  }
  type Value = string | number | null;

  /** Whole steps of 1e-6 degrees, each coordinate as the difference to the one before. */
  type Steps = number[];
  /** A point, lines, or areas of rings: the depth tells them apart. */
  type EncodedShape = Steps | Steps[] | Steps[][] | null;
  type Point = { kind: "point"; latlngs: LatLng };
  type Line = { kind: "line"; latlngs: LatLng[][] };
  type Area = { kind: "area"; latlngs: LatLng[][][] };
  type Shape = Point | Line | Area;

  interface Feature<Properties = Record<string, any>> {
    type: "Feature";
    id?: string;
    geometry: any;
    properties: Properties;
  }
  interface Collection<Properties = Record<string, any>> {
    type: "FeatureCollection";
    features: Feature<Properties>[];
  }

  /** An element of the page; what a field, a link, a form or a dialog has more is there where the page has such a one. */
  type Part = HTMLElement &
    Pick<HTMLInputElement, "value" | "checked" | "disabled" | "name" | "form" | "files" | "reportValidity"> &
    Pick<HTMLSelectElement, "options"> &
    Pick<HTMLAnchorElement, "href"> &
    Pick<HTMLDialogElement, "showModal" | "close"> & { elements: any };

  type Words = Record<string, string>;
  type Say = (key: string, parameters?: Record<string, unknown>) => string;
  type Child = Node | string | number | null | undefined | false;
  /** Attributes of an element made by hand; those that begin with "on" are listeners. */
  interface Attributes {
    [on: `on${string}`]: (event: any) => unknown;
    [name: string]: unknown;
  }
}
