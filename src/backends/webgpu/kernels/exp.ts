// exp, the logistic function and tanh, as in assembly/kernels. WGSL's own functions may have larger errors than the
// conformance suite allows.

/** Code of fn exponential, fn logistic and fn hyperbolicTangent. */
export const EXP: string = /* wgsl */ `
// Cody & Waite reduction by ln 2 in two parts, degree-5 polynomial (Cephes expf); 0 below -87.34, saturates above 88.37.
fn exponential(x: f32) -> f32 {
  if (x < -87.3365447504) { return 0.0; }
  let c = min(x, 88.3762626647949);
  let n = round(c * 1.44269504);
  let r = c - n * 0.693359375 + n * 2.1219444e-4;
  var q = 1.98756915e-4;
  q = q * r + 1.3981999507e-3;
  q = q * r + 8.3334519073e-3;
  q = q * r + 4.1665795894e-2;
  q = q * r + 1.6666665459e-1;
  q = q * r + 5.0000001201e-1;
  return (q * r * r + r + 1.0) * bitcast<f32>((i32(n) + 127) << 23u);
}

fn logistic(x: f32) -> f32 { return 1.0 / (1.0 + exponential(-x)); }

// Cephes tanhf: an odd polynomial below 0.625, else 1 - 2 / (exp(2 |x|) + 1).
fn hyperbolicTangent(x: f32) -> f32 {
  let a = abs(x);
  if (a >= 0.625) { return sign(x) * (1.0 - 2.0 / (exponential(a + a) + 1.0)); }
  let z = x * x;
  var q = -5.70498872745e-3;
  q = q * z + 2.06390887954e-2;
  q = q * z - 5.37397155531e-2;
  q = q * z + 1.33314422036e-1;
  q = q * z - 3.33332819422e-1;
  return q * z * x + x;
}
`;
