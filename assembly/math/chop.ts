/**
 * The first 26 significant bits of x, so that the product of two such numbers is exact.
 *
 * What float64 would round visibly is carried as a pair ah + al with ah chopped (about 79 bits):
 *   (ah + al)(bh + bl) = p + q,  p = ah bh (exact),  q = ah bl + al (bh + bl)
 *   chopped again:       h = chop(p + q),  l = (p - h) + q
 * This needs no fused multiply-add, whose place differs between processors. (Dekker 1971 splits by multiplying instead.)
 */
// @ts-ignore: decorator
@inline
export function chop(x: f64): f64 {
  return reinterpret<f64>(reinterpret<u64>(x) & 0xFFFFFFFFF8000000);
}
