// Letters of 5 x 7 dots, enough for what a label says: capitals, digits, hyphen, dot. Each character is five columns from left to
// right, the lowest bit of a column on top.

const COLUMNS: { [character: string]: string } = {
  ' ': '0000000000',
  '-': '0808080808',
  '0': '3e5149453e',
  '.': '0060600000',
  '1': '00427f4000',
  '2': '4261514946',
  '3': '2141454b31',
  '4': '1814127f10',
  '5': '2745454539',
  '6': '3c4a494930',
  '7': '0171090503',
  '8': '3649494936',
  '9': '064949291e',
  A: '7e1111117e',
  B: '7f49494936',
  C: '3e41414122',
  D: '7f4141221c',
  E: '7f49494941',
  F: '7f09090901',
  G: '3e4149497a',
  H: '7f0808087f',
  I: '00417f4100',
  J: '2040413f01',
  K: '7f08142241',
  L: '7f40404040',
  M: '7f020c027f',
  N: '7f0408107f',
  O: '3e4141413e',
  P: '7f09090906',
  Q: '3e4151215e',
  R: '7f09192946',
  S: '4649494931',
  T: '01017f0101',
  U: '3f4040403f',
  V: '1f2040201f',
  W: '3f4038403f',
  X: '6314081463',
  Y: '0708700807',
  Z: '6151494543',
}

export const GLYPH_WIDTH = 5
export const GLYPH_HEIGHT = 7

/** Whether the dot at column x (0 … 4) and row y (0 … 6) is black. A character that is not there is a black box. */
export function isInked(character: string, x: number, y: number): boolean {
  const columns = COLUMNS[character] ?? '7f7f7f7f7f'
  return ((Number.parseInt(columns.slice(2 * x, 2 * x + 2), 16) >> y) & 1) === 1
}
