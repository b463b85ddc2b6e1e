// Certificates generated once per process: a CA, a server for localhost, a client, and an unrelated CA.

import { createPrivateKey } from 'node:crypto';
import { generate } from 'selfsigned';

interface KeyPair {
	cert: string;
	key: string;
}

export interface TestCertificates {
	/** The CA that signed `cert` and `clientCert`. In PEM, like all members. */
	ca: string;
	/** For localhost, 127.0.0.1 and ::1. */
	cert: string;
	key: string;
	clientCert: string;
	clientKey: string;
	/** `clientKey` encrypted with the passphrase `open sesame`. */
	encryptedClientKey: string;
	/** A CA that has signed no certificate here. */
	otherCa: string;
	/** For localhost, each signed by itself. */
	selfSigned: KeyPair;
	expired: KeyPair;
}

let made: Promise<TestCertificates> | null = null;

export function testCertificates(): Promise<TestCertificates> {
	made ??= make();
	return made;
}

async function make(): Promise<TestCertificates> {
	const ca = await authority('hyper-wasm test CA');
	const other = await authority('hyper-wasm other CA');
	const server = await generate([{ name: 'commonName', value: 'localhost' }], {
		keyType: 'ec',
		algorithm: 'sha256',
		ca: { key: ca.private, cert: ca.cert },
		extensions: [
			{ name: 'basicConstraints', cA: false, critical: true },
			{ name: 'keyUsage', digitalSignature: true, critical: true },
			{ name: 'extKeyUsage', serverAuth: true },
			{
				name: 'subjectAltName',
				altNames: [
					{ type: 2, value: 'localhost' },
					{ type: 7, ip: '127.0.0.1' },
					{ type: 7, ip: '::1' },
				],
			},
		],
	});
	const client = await generate([{ name: 'commonName', value: 'hyper-wasm test client' }], {
		keyType: 'ec',
		algorithm: 'sha256',
		ca: { key: ca.private, cert: ca.cert },
		extensions: [
			{ name: 'basicConstraints', cA: false, critical: true },
			{ name: 'keyUsage', digitalSignature: true, critical: true },
			{ name: 'extKeyUsage', clientAuth: true },
		],
	});
	return {
		ca: ca.cert,
		cert: server.cert,
		key: server.private,
		clientCert: client.cert,
		clientKey: client.private,
		encryptedClientKey: encrypt(client.private),
		otherCa: other.cert,
		selfSigned: await selfSigned({}),
		expired: await selfSigned({ notBeforeDate: new Date('2020-01-01'), notAfterDate: new Date('2021-01-01') }),
	};
}

/** Retries until a wrong passphrase gives bad padding, which it does in 255 of 256 cases. */
function encrypt(key: string): string {
	const format = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'open sesame' } as const;
	for (;;) {
		const encrypted = createPrivateKey(key).export(format) as string;
		try {
			createPrivateKey({ key: encrypted, passphrase: 'wrong' });
		} catch (error) {
			if (/bad decrypt/.test((error as Error).message)) return encrypted;
		}
	}
}

async function selfSigned(dates: { notBeforeDate?: Date; notAfterDate?: Date }): Promise<KeyPair> {
	const made = await generate([{ name: 'commonName', value: 'localhost' }], {
		keyType: 'ec',
		algorithm: 'sha256',
		...dates,
	});
	return { cert: made.cert, key: made.private };
}

function authority(commonName: string): ReturnType<typeof generate> {
	return generate([{ name: 'commonName', value: commonName }], {
		keyType: 'ec',
		algorithm: 'sha256',
		extensions: [
			{ name: 'basicConstraints', cA: true, critical: true },
			{ name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
		],
	});
}
