/** The mean and the sample standard deviation of doubles in exact arithmetic, rounded at the very end. */
export function exactSummary(values: readonly number[]): { mean: number; standardDeviation: number } {
  const count = BigInt(values.length);
  const whole = values.map(inSmallestDoubles);
  const sum = whole.reduce((total, value) => total + value, 0n);
  const squares = whole.reduce((total, value) => total + value * value, 0n);
  return {
    mean: quotient(sum, count << 1074n),
    // Halving the exponent outside the root keeps a variance that is too large for a double.
    standardDeviation: Math.sqrt(quotient(count * squares - sum * sum, (count * (count - 1n)) << 2148n)),
  };
}

/** A finite double is a whole number of 2^-1074. */
function inSmallestDoubles(value: number): bigint {
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, value);
  const raw = bits.getBigUint64(0);
  const exponent = (raw >> 52n) & 0x7ffn;
  const fraction = raw & 0xf_ffff_ffff_ffffn;
  const magnitude = exponent === 0n ? fraction : (fraction | (1n << 52n)) << (exponent - 1n);
  return raw >> 63n === 0n ? magnitude : -magnitude;
}

/** The double nearest to a fraction, but for its last bit. */
function quotient(numerator: bigint, denominator: bigint): number {
  if (numerator < 0n) return -quotient(-numerator, denominator);
  const shift = bitLength(denominator) - bitLength(numerator) + 80;
  const bits = shift >= 0 ? (numerator << BigInt(shift)) / denominator : numerator / (denominator << BigInt(-shift));
  // In two steps: 2 to the shift may be too large for a double when the result is not.
  return Number(bits) * 2 ** -Math.trunc(shift / 2) * 2 ** -(shift - Math.trunc(shift / 2));
}

function bitLength(value: bigint): number {
  return value === 0n ? 0 : value.toString(2).length;
}
