// The public API of "bellwether/charts": pictures of numbers and frames, as SVG and as text.

export { type AnimatedSvgOptions, animatedSvg } from "./animated-svg.ts";
export { type BandPoint, type LineChart, lineChartSvg, meanAndBand, type Point, type Series } from "./line-chart.ts";
export { sparkline, type TerminalChartOptions, terminalChart } from "./sparkline.ts";
