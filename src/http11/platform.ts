// The classes of the platform's HTTP/1.1, as its module gives them: this room names no module of a platform.

import type { HTTP1Platform } from '../runtime/http1.ts';

export type ClientRequest = InstanceType<HTTP1Platform['http']['ClientRequest']>;
export type IncomingMessage = InstanceType<HTTP1Platform['http']['IncomingMessage']>;
export type RequestArguments = Exclude<Parameters<HTTP1Platform['http']['request']>[0], string | URL>;
