// A library that does nothing: what a start costs without any.

export async function start() {
  return () => 0;
}
