import { X509Certificate } from "node:crypto";

// A delivery as PayPal signs it, made for these tests with OpenSSL alone:
//   openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out certificate.pem -days 36500
//   printf '%s' "$id|$time|$webhook_id|$crc32" | openssl dgst -sha256 -sign key.pem | base64

export const certificatePem = `-----BEGIN CERTIFICATE-----
MIIDRzCCAi+gAwIBAgIURxNYT8Hk3Gf/AAwk3uLhxWoql5YwDQYJKoZIhvcNAQEL
BQAwMjEwMC4GA1UEAwwnbWVzc2FnZXZlcmlmaWNhdGlvbmNlcnRzLnBheXBhbC5l
eGFtcGxlMCAXDTI2MTEyNjExNDM0MloYDzIxMjYxMTAyMTE0MzQyWjAyMTAwLgYD
VQQDDCdtZXNzYWdldmVyaWZpY2F0aW9uY2VydHMucGF5cGFsLmV4YW1wbGUwggEi
MA0GCSqGSIb3DQEBAQUAA4IBDwAwggEKAoIBAQC5TYM4YUAr+07CkFzrpgdIna/2
meFY1sbnFlj8TDVykLIl8BvMIVjWm/++1ovqGGQ5DZVa6cWvHtB4tvbc50bMZG/P
fwMEzTrhq1H9TgzaE8c24pw2WRuvjoa7PlfUWtLsGxv0oXcWkPNVtwYG9SUscLHR
WqbfAQ4NKhP8wBVW1JSRL/sQWt+PQZn6EqOWXfOkrt7TdP1Weit/GC7FCGu6GAP7
KK99s09EPRAi1soitz4Zy2ybDFNAWlRKWufzEwHGJV6wK5/64ZdswnWjMmkVRDID
V7PciNYmTTZ9CZJ8762Zt/np4sLkC7Gr6qLVDU/G1j4kQBO00jsTqlcORbXrAgMB
AAGjUzBRMB0GA1UdDgQWBBTnUYQa1kswbJ7W0uRWYh3UTRkWODAfBgNVHSMEGDAW
gBTnUYQa1kswbJ7W0uRWYh3UTRkWODAPBgNVHRMBAf8EBTADAQH/MA0GCSqGSIb3
DQEBCwUAA4IBAQChoqgQG79mAjze8b1OMdqygknKcgcWkf94HbqCFH5ocKSHZ7ax
tcYRfrciuwUwGkjWIDbKIMyR1Dk6S4h4XaJ3AWU2ybBW11t3kYoYCauRlZ/D9cgq
t1fALf0Ihr0gHkGyHqJXk2Q80+jRx1oz2OHXFo2MZmakokwwDmEai5qQwB6Mywu9
xF0N2FfJSAN/m7AUiqdfnDHIgV4jBpymRKq7BKcagXDxN2YXTf+oYovaZx2PHpo8
aGHc24MkimUQ7YnyjBPBYSz/Q39C39CrBI+9EJ2dOpFAs1A6LaT+moixmOwPhcmY
bTkuzY2F60kaGdfOb6rjd4zy3WfEAj3j94Pw
-----END CERTIFICATE-----`;
export const certificate = new X509Certificate(certificatePem);

/** RSA with 1024 bits, which anybody with patience can factor; and a curve, which PayPal does not sign with. */
export const shortCertificate = new X509Certificate(`-----BEGIN CERTIFICATE-----
MIIB/jCCAWegAwIBAgIUe+rzZNdJgVeRTAiai2QdjX/0aTowDQYJKoZIhvcNAQEL
BQAwEDEOMAwGA1UEAwwFc2hvcnQwIBcNMjYxMTI2MTE0MzQyWhgPMjEyNjExMDIx
MTQzNDJaMBAxDjAMBgNVBAMMBXNob3J0MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCB
iQKBgQDA2DA2erPgwSBZ1CPtdBPikbXfMIc+KOBnv0nYXXnDtVsGbURAaEUga9LR
XcSqRUm0kHhg8bDKb+OVwVtmsuG/s3rA3xQGw9uYuH/sBTUSfA8oFcgBQ+wFD78b
Rp0CZbUHuedIytjl1h+kSeIq0atxs/SyWhPKFUd0U9InBCGF3QIDAQABo1MwUTAd
BgNVHQ4EFgQUtXTQXA8Ib/1CnSvWAuiKIOgh0Q0wHwYDVR0jBBgwFoAUtXTQXA8I
b/1CnSvWAuiKIOgh0Q0wDwYDVR0TAQH/BAUwAwEB/zANBgkqhkiG9w0BAQsFAAOB
gQArJKuq9XHO1x6wxiJ8+SLkApBpZTGCd5wxqN//pS6nbgCbYf8YhlT9HMIEUfmH
tAYiFVWe8APXC0BNmLoDiTNjv62HSygILyCFatshGUoPClgVx6wobBRRTYutp3FF
sU/UduJu54k1uGOUpOCOfX49JfVuUR7P9VmMYMYkL+X/TQ==
-----END CERTIFICATE-----`);
export const curveCertificate = new X509Certificate(`-----BEGIN CERTIFICATE-----
MIIBdjCCAR2gAwIBAgIUNy7pjUVB+PWQd0lQ3ouuXe0rUtcwCgYIKoZIzj0EAwIw
EDEOMAwGA1UEAwwFY3VydmUwIBcNMjYxMTI2MTE0MzQyWhgPMjEyNjExMDIxMTQz
NDJaMBAxDjAMBgNVBAMMBWN1cnZlMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE
gFemi7wbNgjledMGP25IJ25XteTZrQeX3lvHQfj6L3/r1weDKZ+33hNaPiczWLKI
WmpbAEeAo70JEZZ4oNfiTqNTMFEwHQYDVR0OBBYEFG/lglqAViJ2I4nvJBgXKMDd
d2hKMB8GA1UdIwQYMBaAFG/lglqAViJ2I4nvJBgXKMDdd2hKMA8GA1UdEwEB/wQF
MAMBAf8wCgYIKoZIzj0EAwIDRwAwRAIgNYUb7w4QBQ0y8gnuDmRpTcvkdk31Y+tW
aImKs1Ei2y4CIEq4CfEWzuUNMnfn7wHpW4SG2GsG4HctZEH5YUSFdBdI
-----END CERTIFICATE-----`);

export const body =
  '{"id":"WH-2WR32451HC0233532-67976317FL4543714","event_type":"PAYMENT.CAPTURE.COMPLETED","resource":{"amount":{"value":"10.00"}}}';

/** Another amount and a few letters, so that the CRC-32 is the same. */
export const bodyOfSameChecksum =
  '{"id":"WH-2WR32451HC0233532-67976317FL4543714","event_type":"PAYMENT.CAPTURE.COMPLETED","resource":{"amount":{"value":"9999.00"}},"x":"a1max22"}';

export const webhookId = "1JE4291016473214C";
export const sentAtMs = Date.parse("2026-12-01T10:00:00Z");
export const certificateUrl = "https://api.paypal.com/v1/notifications/certs/CERT-360caa42-fca2a594-a5cafa77";

export const headers = {
  "content-type": "application/json",
  "paypal-auth-algo": "SHA256withRSA",
  "paypal-cert-url": certificateUrl,
  "paypal-transmission-id": "69cd13f0-d67a-11e5-baa3-778b53f4ae55",
  "paypal-transmission-time": "2026-12-01T10:00:00Z",
  "paypal-transmission-sig":
    "LBUgvTfpEH92klicdmF+JOsIJbXhbP8C8YmJuRWBzDlIYRWGrIk2Bywhv4GHk/zqP77jg2S1Q0ftZ6tQjzsQVoMbtS+haihoDmMS" +
    "zWwIjst3iwbyTgh8cbYiQWYlQol3lnXgkblS/dnUHSIg3zRKengVju3c6pY/BLzorOd+Kc+4fsPCwDwI/c9rzBzpnE90qPlNAVQq" +
    "CLprqzMV+E/1QFbiJquoMHpVW7axnr2anrQNpZaHb73kutX5OsKhY+5cRLfSpIHRZ9S9PRpeGby0YLfZf45s8Q2KyHMo7SvcMg+m" +
    "m62btPvSGdU+F2b/7lI9lcDdK5ud0j+FYw0p+br3XQ==",
};

/** The same, signed with the short key. */
export const shortSignature =
  "VtQNkBIqFQ80USVSEk6ngeCJbS2PvVEtUgmF0qrY0bTrU5laucxvyux6zmNpCMUq/nWQMtfXFZCg4CJqarHY4dVdlDr8MN9U3JR/" +
  "c4bFx1kpL5izd6jNHJnYk7uiQPdc2S9aHtLtXldJ3Mc9jUyah716nIahErVJB0nOk/21PCs=";
