/** Path that the portal is served below, without a slash at its end: '' or '/registry'. */
export const basePath = new URL('.', document.baseURI).pathname.replace(/\/$/, '');

/** Host and port that clients push to and pull from. */
export const pageHost = window.location.host;
