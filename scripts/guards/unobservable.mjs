// Guards whose removal no test can notice, each with the reason.

/** @type {Map<string, string>} reasons by the key of the guard */
export const unobservable = new Map([]);
