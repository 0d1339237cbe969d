// A library that does nothing. It measures the cost of a start without a library.

export async function start() {
  return () => 0;
}
