// What a server may do wrong (test/support/violations.ts), and that the client answers with the error of RFC 9113.

import * as ErrorCode from '../../assembly/shared/error-code.ts';
import { errorCodeName } from '../../src/base/errors.ts';
import { type SessionScript, scenario } from '../support/session-script.ts';
import { type Violation, violations } from '../support/violations.ts';

for (const { name, after, send, scope, errorCode, options } of violations) {
	const what = scope === 'connection' ? 'GOAWAY' : 'RST_STREAM';
	const script = (s: SessionScript) => {
		prepare(s, after);
		s.sent();
		send(s);
		if (scope === 'connection') s.expectGoaway(errorCode);
		else s.expectReset(scope, errorCode);
	};
	const rfc = name.startsWith('§') ? 'RFC 9113 ' : '';
	scenario(`${rfc}${name}, and the client sends ${what} with ${errorCodeName(errorCode)}`, script, options);
}

function prepare(s: SessionScript, after: Violation['after']): void {
	if (after === 'none') return;
	if (after === 'unacknowledged') s.peer.settings();
	else s.greet();
	if (after === 'idle') return;
	const id = after.endsWith('upload') ? s.post() : s.get();
	if (after === 'response') s.peer.headers(id, { ':status': '200' });
	if (after === 'ended' || after === 'answered upload') s.peer.headers(id, { ':status': '200' }, { endStream: true });
	if (after === 'reset') s.peer.rstStream(id, ErrorCode.CANCEL);
	if (after === 'cancelled') s.cancel(id);
}
