/** The colours that Harbor offers, in its order: eight in a row. */
export const LABEL_COLORS: readonly string[] = [
  '#000000 #61717D #737373 #80746D #FFFFFF #A9B6BE #DDDDDD #BBB3A9',
  '#0065AB #343DAC #781DA0 #9B0D54 #0095D3 #9DA3DB #BE90D6 #F1428A',
  '#1D5100 #006668 #006690 #004A70 #48960C #00AB9A #00B7D6 #0081A7',
  '#C92100 #CD3517 #C25400 #D28F00 #F52F52 #FF5501 #F57600 #FFDC0B',
].flatMap((row) => row.split(' '));

/** Black or white, whichever is seen better upon `color`, by the luminance of WCAG 2. */
export function markColorOn(color: string): 'black' | 'white' {
  const [red = 0, green = 0, blue = 0] = (color.match(/[\da-f]{2}/gi) ?? []).map((part) =>
    linear(Number.parseInt(part, 16) / 255),
  );
  const luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  return luminance > 0.179 ? 'black' : 'white';
}

function linear(part: number): number {
  return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
}
