// The value at z = x + iy of a polynomial with real coefficients, ascending; written into re[at], im[at].
export function horner(coefficients, x, y, re, im, at) {
  let n = coefficients.length - 1;
  let real = n < 0 ? 0 : coefficients[n];
  let imaginary = 0;
  for (n -= 1; n >= 0; n -= 1) {
    const next = real * x - imaginary * y + coefficients[n];
    imaginary = real * y + imaginary * x;
    real = next;
  }
  re[at] = real;
  im[at] = imaginary;
}

// log |re + i im|, -Infinity at 0.
export function logSize(re, im) {
  return 0.5 * Math.log(re * re + im * im);
}
