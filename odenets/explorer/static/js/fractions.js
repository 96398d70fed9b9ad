// Fractions too long to read, as digits.

const SPACE = "http://www.w3.org/1998/Math/MathML";
const LONGEST = 12; // digits of a numerator or denominator: Prince and Dormand's have 10, an estimate's weights 155
const DOUBLE = 300; // digits that a double holds

// Rounds the MathML fractions in an element whose terms have more than 12 digits to 8 digits; gives how many they are.
export function shortened(element) {
  const long = [...element.querySelectorAll("mfrac")].filter((one) => [...one.children].some((part) =>
    /^\d+$/.test(part.textContent) && part.textContent.length > LONGEST));
  long.forEach((fraction) => {
    const [over, under] = [...fraction.children].map((part) => part.textContent);
    const spare = Math.max(over.length, under.length, DOUBLE) - DOUBLE;
    const [above, below] = [over, under].map((digits) => Number(digits.slice(0, digits.length - spare)));
    const number = document.createElementNS(SPACE, "mn");
    number.textContent = String(Number((above / below).toPrecision(8)));
    fraction.replaceWith(number);
  });
  return long.length;
}
