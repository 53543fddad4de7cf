/** Where a text that somebody else wrote is shown. */
export const HOSTILE_PLACES = [
  'repository description',
  'label description',
  'robot description',
  'webhook description',
  'webhook address',
  'image environment',
  'image label',
  'image history',
  'image author',
  'image annotation',
  'chart description',
  'chart home',
  'chart maintainer',
  'chart readme',
  'chart values',
  'chart icon',
  'real name',
  'banner',
  'address',
] as const;

export type HostilePlace = (typeof HOSTILE_PLACES)[number];

/** Scripts call this, and none may. */
const RUN = 'window.__xss=1';
const EVIL = 'evil.invalid';

/** Texts that would do something if they were taken for more than text. */
export const HOSTILE_TEXTS: readonly string[] = [
  `<script>${RUN}</script>`,
  `<img src=x onerror=${RUN}>`,
  `<svg onload=${RUN}></svg>`,
  `"><img src=x onerror=${RUN}>`,
  `</script><script>${RUN}</script>`,
  `<iframe srcdoc="<script>parent.${RUN}</script>"></iframe>`,
  `<iframe src="javascript:parent.${RUN}"></iframe>`,
  `<a href="javascript:${RUN}">a</a>`,
  `[a](javascript:${RUN})`,
  `[a](data:text/html,<script>${RUN}</script>)`,
  `![a](https://${EVIL}/pixel.png)`,
  `<img src="https://${EVIL}/pixel.png">`,
  `<style>@import url(https://${EVIL}/style.css)</style>`,
  `<link rel=stylesheet href=https://${EVIL}/style.css>`,
  `<base href=https://${EVIL}/>`,
  `<meta http-equiv=refresh content="0;url=https://${EVIL}/">`,
  `<form action=https://${EVIL}/><button>a</button></form>`,
  `<details open ontoggle=${RUN}>a</details>`,
  `<math><mi xlink:href="javascript:${RUN}">a</mi></math>`,
  `{{constructor.constructor('${RUN}')()}}`,
];

/** Addresses of the portal that somebody else made up. */
const HOSTILE_ADDRESSES: readonly string[] = [
  `/account/sign-in?redirect_url=javascript:${RUN}`,
  `/account/sign-in?redirect_url=//${EVIL}/`,
  `/account/sign-in?redirect_url=https://${EVIL}/`,
  `/account/sign-in?redirect_url=/\\${EVIL}/`,
  `/account/sign-in?redirect_url=%09//${EVIL}/`,
  `/projects?name=<script>${RUN}</script>`,
  `/projects?sort=<img src=x onerror=${RUN}>`,
  `/projects?page=-1&size=99999999`,
  `/search?q=<img src=x onerror=${RUN}>`,
  `/p/payments?tab=constructor`,
  `/p/payments/r/api?tab=__proto__`,
  `/p/payments/r/api:v2.10.0?tab=javascript:${RUN}`,
  `/p/<img src=x onerror=${RUN}>`,
  `/p/payments/r/<script>${RUN}</script>`,
  `/p/payments/r/../../../..//${EVIL}/`,
  `/harbor/projects/1/repositories/<script>${RUN}</script>`,
  `//${EVIL}/`,
  `/oidc-onboard?username=<img src=x onerror=${RUN}>`,
  `/oidc-onboard?redirect_url=javascript:${RUN}`,
  `/<script>${RUN}</script>`,
  `/logs?operation=<svg onload=${RUN}>`,
  `/nowhere#<img src=x onerror=${RUN}>`,
  `/settings?tab=<script>`,
];

export interface HostileCase {
  readonly place: HostilePlace;
  readonly text: string;
}

/** Pictures that are scripts as well. */
const HOSTILE_ICONS: readonly string[] = [
  `data:image/svg+xml,<svg xmlns="http://www.w3.org/2000/svg" onload="${RUN}"/>`,
  `data:image/svg+xml;base64,${Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg"><script>${RUN}</script></svg>`).toString('base64')}`,
  `https://${EVIL}/icon.svg`,
  `javascript:${RUN}`,
  `"><svg onload=${RUN}>`,
];

/** What the registry refuses in the names of people. */
const NOT_IN_NAMES = /[,"~#%$]/;

/** Places that take a few characters, or where each text is a thing of its own. */
const SHORT: ReadonlySet<HostilePlace> = new Set([
  'robot description',
  'webhook description',
  'webhook address',
  'banner',
]);
const SHORT_COUNT = 5;

export const HOSTILE_CASES: readonly HostileCase[] = HOSTILE_PLACES.flatMap((place) =>
  textsOf(place).map((text) => ({ place, text })),
);

function textsOf(place: HostilePlace): readonly string[] {
  if (place === 'address') return HOSTILE_ADDRESSES;
  if (place === 'chart icon') return HOSTILE_ICONS;
  if (place === 'real name') return HOSTILE_TEXTS.filter((text) => !NOT_IN_NAMES.test(text));
  return SHORT.has(place) ? HOSTILE_TEXTS.slice(0, SHORT_COUNT) : HOSTILE_TEXTS;
}

/** The texts of a place. */
export function hostileTexts(place: HostilePlace): readonly string[] {
  return HOSTILE_CASES.filter((one) => one.place === place).map(({ text }) => text);
}
