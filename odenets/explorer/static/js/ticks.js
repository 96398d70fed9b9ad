const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

// A number as people write it: at most `digits` significant digits, a true minus sign, 2×10⁻⁷ for what is tiny or huge.
export function numberText(value, digits = 4) {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "–" : value > 0 ? "∞" : "−∞";
  if (value === 0) return "0";
  const exponent = Math.floor(Math.log10(Math.abs(Number(value.toPrecision(digits)))));
  if (exponent >= -4 && exponent < 6) return minus(String(Number(value.toPrecision(digits))));
  const mantissa = Number((value / 10 ** exponent).toPrecision(digits));
  return powerText(mantissa, exponent);
}

// A complex number re + im i, each part with at most `digits` significant digits.
export function complexText(re, im, digits = 4) {
  if (im === 0) return numberText(re, digits);
  const size = numberText(Math.abs(im), digits);
  const imaginary = `${size === "1" ? "" : size}i`;
  if (re === 0) return `${im < 0 ? "−" : ""}${imaginary}`;
  return `${numberText(re, digits)} ${im < 0 ? "−" : "+"} ${imaginary}`;
}

// About `count` round numbers of a linear axis from low to high: [{value, text}], all with the same decimals; `whole`:
// none between whole numbers.
export function ticks(low, high, count = 6, whole = false) {
  const step = Math.max(roundStep((high - low) / Math.max(count, 1)), whole ? 1 : 0);
  const power = Math.floor(Math.log10(step) + 1e-9);
  const largest = Math.max(Math.abs(low), Math.abs(high));
  const scientific = largest >= 1e6 || largest < 1e-3;
  const scale = scientific ? Math.floor(Math.log10(largest) + 1e-9) : 0;
  const decimals = Math.min(Math.max(scale - power, 0), 15);
  const found = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; i += 1) {
    const value = i * step;
    const mantissa = Number((value / 10 ** scale).toFixed(decimals));
    const text = value === 0 ? "0" : scientific ? powerText(mantissa, scale) : minus(mantissa.toFixed(decimals));
    found.push({ value: value === 0 ? 0 : value, text });
  }
  return found;
}

// Ticks of a logarithmic axis from low > 0 to high: decades, thinned to about `count`; with 2 and 5 where they are few.
export function logTicks(low, high, count = 6) {
  const [first, last] = [Math.ceil(Math.log10(low) - 1e-9), Math.floor(Math.log10(high) + 1e-9)];
  if (high / low < 3) return ticks(low, high, count);
  const decades = last - first + 1;
  const every = Math.max(1, Math.ceil(decades / count));
  const factors = decades <= Math.max(1, count / 3) ? [1, 2, 5] : [1];
  const found = [];
  for (let power = Math.floor(Math.log10(low)); power <= last; power += 1) {
    if (power % every !== 0) continue;
    for (const factor of factors) {
      const value = factor * 10 ** power;
      if (value < low * (1 - 1e-9) || value > high * (1 + 1e-9)) continue;
      found.push({ value, text: power >= -2 && power <= 3 ? numberText(value, 1) : powerText(factor, power) });
    }
  }
  return found;
}

// The least of 1, 2, 5 times a power of ten that is at least `size` > 0.
export function roundStep(size) {
  const power = 10 ** Math.floor(Math.log10(size));
  return power * [1, 2, 5, 10].find((factor) => factor * power >= size * (1 - 1e-9));
}

function powerText(mantissa, exponent) {
  const power = `10${superscript(exponent)}`;
  if (Math.abs(mantissa) === 1) return `${mantissa < 0 ? "−" : ""}${power}`;
  return `${minus(String(mantissa))}×${power}`;
}

function superscript(whole) {
  return `${whole < 0 ? "⁻" : ""}${[...String(Math.abs(whole))].map((digit) => SUPERSCRIPTS[digit]).join("")}`;
}

function minus(text) {
  return /^-0(\.0*)?$/.test(text) ? text.slice(1) : text.replace("-", "−");
}
