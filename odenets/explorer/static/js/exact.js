// Exact numbers as the library writes them: "-1/3", "-0.37" (decimal = exact), "2".

const NUMBER = /^\s*([+-]?)(\d+)(?:\.(\d+))?(?:\s*\/\s*(\d+))?\s*$/;

// [numerator, denominator] (BigInt, lowest terms, denominator > 0) of a text, or null if it is no number.
export function rational(text) {
  const found = NUMBER.exec(String(text).replace("−", "-").replace(/^(\s*[+-]?)\./, "$10."));
  if (!found || (found[4] !== undefined && BigInt(found[4]) === 0n)) return null;
  const [, sign, whole, decimals = "", under = "1"] = found;
  const size = BigInt(whole + decimals);
  return reduced(sign === "-" ? -size : size, BigInt(under) * 10n ** BigInt(decimals.length));
}

function reduced(over, under) {
  let [a, b] = [over < 0n ? -over : over, under];
  while (b) [a, b] = [b, a % b];
  return a ? [over / a, under / a] : [0n, 1n];
}

// The text of a number: "-1/3", "2".
export function rationalText([over, under]) {
  return under === 1n ? `${over}` : `${over}/${under}`;
}

// Its size as a float.
export function floatOf([over, under]) {
  return Number(over) / Number(under);
}

// low + count·step, exactly.
export function stepped(low, step, count) {
  const over = low[0] * step[1] + BigInt(count) * step[0] * low[1];
  return reduced(over, low[1] * step[1]);
}
