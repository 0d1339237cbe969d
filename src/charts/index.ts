// Pictures of numbers and frames, as SVG and as characters: the public face of "bellwether/charts".

export { type AnimatedSvgOptions, animatedSvg } from "./animated-svg.ts";
export { type BandPoint, type LineChart, lineChartSvg, meanAndBand, type Point, type Series } from "./line-chart.ts";
export { sparkline, type TerminalChartOptions, terminalChart } from "./sparkline.ts";
