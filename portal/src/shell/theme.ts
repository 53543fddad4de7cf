import {
  createTheme,
  defaultVariantColorsResolver,
  type MantineColorScheme,
  type MantineColorSchemeManager,
  parseThemeColor,
  type VariantColorsResolver,
} from '@mantine/core';

const KEY = 'berth-color-scheme';

/** Texts on tinted grounds are darker, or lighter, than Mantine's, which fail WCAG AA. */
const variantColorResolver: VariantColorsResolver = (input) => {
  const resolved = defaultVariantColorsResolver(input);
  const { isThemeColor, color } = parseThemeColor({
    color: input.color ?? input.theme.primaryColor,
    theme: input.theme,
  });
  if (!isThemeColor || !['light', 'subtle', 'outline', 'transparent'].includes(input.variant)) {
    return resolved;
  }
  const dark = `var(--mantine-color-${color}-2)`;
  const light = `color-mix(in srgb, var(--mantine-color-${color}-9) 70%, black)`;
  return { ...resolved, color: `light-dark(${light}, ${dark})` };
};

export const theme = createTheme({
  primaryColor: 'blue',
  primaryShade: { light: 9, dark: 9 },
  autoContrast: true,
  luminanceThreshold: 0.35,
  variantColorResolver,
  fontFamily:
    'system-ui, -apple-system, "Segoe UI", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif',
  fontFamilyMonospace:
    'ui-monospace, "SF Mono", "Cascadia Mono", Consolas, "DejaVu Sans Mono", monospace',
  cursorType: 'pointer',
  respectReducedMotion: true,
  // Its <header> would be a second banner of the page.
  components: { Modal: { defaultProps: { attributes: { header: { role: 'none' } } } } },
});

/** Light, dark or as the system is; `color-scheme.js` reads the same before the first paint. */
export const colorSchemes: MantineColorSchemeManager = {
  get: (byDefault) => read() ?? byDefault,
  set: (value) => {
    try {
      localStorage.setItem(KEY, value);
    } catch {
      // Forbidden: for this page alone.
    }
  },
  subscribe: () => undefined,
  unsubscribe: () => undefined,
  clear: () => undefined,
};

function read(): MantineColorScheme | undefined {
  try {
    const stored = localStorage.getItem(KEY);
    return stored === 'light' || stored === 'dark' || stored === 'auto' ? stored : undefined;
  } catch {
    return undefined;
  }
}
