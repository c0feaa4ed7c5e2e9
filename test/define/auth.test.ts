import {
  type ClientCredentialsOptions,
  clientCredentials,
  type OauthOptions,
  oauth,
  type SystemOptions,
  secret,
  signed,
  system,
} from "waybill";
import { refuses, seenAs, wrong } from "./refusal.ts";

const client = { tokenUrl: "https://login.example/token", clientId: "waybill" };
const machine = (options: object) => () =>
  clientCredentials(seenAs<ClientCredentialsOptions>({ ...client, clientSecret: secret("S"), ...options }));
const person = (options: object) => () =>
  oauth(seenAs<OauthOptions>({ ...client, authorizeUrl: "https://login.example/authorize", ...options }));
const bank =
  (tls: unknown, baseUrl = "https://bank.example") =>
  () =>
    system("bank", seenAs<SystemOptions>({ baseUrl, tls }));

refuses([
  {
    name: "a mistyped option of oauth()",
    made: person({ scopes: "a" }),
    says: 'oauth(): there is no option "scopes".',
    hints: 'Did you mean "scope"?',
  },
  {
    name: "a client's secret in the code, which is not repeated,",
    made: machine({ clientSecret: "hunter2" }),
    says: "clientCredentials(): clientSecret is text, and a secret is expected.",
  },
  {
    name: "a token endpoint that anybody on the way could read",
    made: machine({ tokenUrl: "http://login.example/token" }),
    says: 'clientCredentials(): tokenUrl is "http://login.example/token", and what is sent there must be encrypted.',
    hints: "https://",
  },
  {
    name: "a token endpoint with credentials, which are not repeated,",
    made: machine({ tokenUrl: "https://ann:hunter2@login.example/token" }),
    says: "clientCredentials(): tokenUrl holds credentials, which would end up in logs.",
  },
  {
    name: "a token endpoint with a fragment",
    made: machine({ tokenUrl: "https://login.example/#token" }),
    says: 'clientCredentials(): tokenUrl "https://login.example/#token" has a fragment, which is never sent.',
  },
  {
    name: "an account that no token can ever be had for",
    made: person({ authorizeUrl: undefined }),
    says: "oauth(): there is no way to a first token.",
    hints: "waybill connect",
  },
  {
    name: "a redirect to another machine",
    made: person({ redirectUrl: "https://app.example/callback" }),
    says: 'oauth(): redirectUrl is "https://app.example/callback", which is no plain loopback address.',
    hints: "localhost",
  },
  {
    name: "a field that Waybill sets itself",
    made: machine({ tokenFields: { grant_type: "password" } }),
    says: 'clientCredentials(): tokenFields holds "grant_type", which Waybill sets itself.',
  },
  {
    name: "a place for credentials that nobody knows",
    made: machine({ credentialsIn: "query" }),
    says: 'clientCredentials(): credentialsIn is "query".',
    hints: "header",
  },
  {
    name: "half a store for tokens",
    made: person({ tokens: { load: () => undefined } }),
    says: 'oauth(): "tokens.save" is missing.',
    hints: "both functions",
  },
  {
    name: "a list of scopes that are no texts",
    made: person({ scope: [1] }),
    says: "oauth(): scope is a list, and text or a list of texts is expected.",
  },
  {
    name: "signed() without a function",
    made: () => signed(wrong(undefined), {}),
    says: "signed(): it has no function that signs.",
  },
  {
    name: "a signature whose key stands in the code",
    made: () => signed(() => ({}), { key: wrong("k") }),
    says: 'signed(): "key" is text, and a secret is expected.',
  },
  {
    name: "TLS that is not verified",
    made: bank({ cert: secret("C"), key: secret("K"), rejectUnauthorized: false }),
    says: 'system "bank": the server\'s certificate is always verified.',
    hints: "tls: { ca: secret(…) }",
  },
  {
    name: "a certificate without its key",
    made: bank({ cert: secret("C") }),
    says: 'system "bank": "tls.key" is missing.',
  },
  { name: "TLS without anything", made: bank({}), says: 'system "bank": tls names neither a certificate nor a root.' },
  {
    name: "a root that is no certificate",
    made: bank({ ca: "root.pem" }),
    says: 'system "bank": tls.ca is "root.pem", and a certificate in PEM is expected.',
  },
  {
    name: "a certificate for a connection that is not encrypted",
    made: bank({ cert: secret("C"), key: secret("K") }, "http://bank.example"),
    says: 'system "bank": tls is given, and its baseUrl "http://bank.example/" is not https.',
  },
]);
