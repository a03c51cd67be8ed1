/** The page's patterns on canvas: the same marks that its SVG pattern of that name holds. */

const TILE = 8;
const made = new Map();

/**
 * The pattern of a symbol as a function `(pen, pixel, origin)` that gives what to fill with; null where there is none.
 * Patterns of neighbouring tiles meet, because all begin at the origin of the map.
 * @param {string} key
 * @returns {Chart.Pattern|null}
 */
export function patternOf(key) {
  const source = document.getElementById(`pattern-${key}`);
  if (!source) return null;
  return (pen, pixel, [x, y]) => {
    const name = `${key} ${pixel} ${source.firstElementChild.getAttribute("fill")}`;
    if (!made.has(name)) made.set(name, draw(source, pixel));
    const pattern = pen.createPattern(made.get(name), "repeat");
    const side = made.get(name).width;
    // The image is a whole number of pixels wide; the pattern is as wide as it should be.
    const scale = (TILE * pixel) / side;
    pattern.setTransform(new DOMMatrix().translate(-(x % (TILE * pixel)), -(y % (TILE * pixel))).scale(scale));
    return pattern;
  };
}

/**
 * @param {Element} source
 * @param {number} pixel
 */
function draw(source, pixel) {
  const image = document.createElement("canvas");
  image.width = image.height = Math.max(TILE, Math.round(TILE * pixel));
  const pen = image.getContext("2d");
  pen.scale(image.width / TILE, image.width / TILE);
  for (const mark of source.children) {
    /** @param {string} name */
    const value = (name) => Number(mark.getAttribute(name) ?? 0);
    pen.fillStyle = mark.getAttribute("fill") ?? "transparent";
    if (mark.localName === "rect") pen.fillRect(0, 0, value("width"), value("height"));
    if (mark.localName === "circle") {
      pen.beginPath();
      pen.arc(value("cx"), value("cy"), value("r"), 0, 2 * Math.PI);
      pen.fill();
    }
    if (mark.localName === "path") {
      pen.strokeStyle = mark.getAttribute("stroke");
      pen.lineWidth = value("stroke-width");
      pen.stroke(new Path2D(mark.getAttribute("d")));
    }
  }
  return image;
}
