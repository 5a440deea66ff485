/**
 * Where links in messages lead. Whoever follows one, a person, a mail scanner or a chat's preview, sees this and causes
 * nothing: to look and to decide, one signs in.
 *
 * @param grantId checked: it holds letters, digits and `_` alone
 */
export const requestPage = (grantId: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="robots" content="noindex">
<meta name="viewport" content="width=device-width">
<title>Writ: ${grantId}</title>
</head>
<body>
<h1>${grantId}</h1>
<p>This page shows nothing of the request and decides nothing. With the command line, sign in and look at it:</p>
<pre>writ login
writ requests ${grantId}</pre>
<p>If you are asked to decide, one of these:</p>
<pre>writ approve ${grantId}
writ deny ${grantId}</pre>
<p>High and critical risk asks for a second factor: <code>writ login --mfa</code>.</p>
</body>
</html>
`;
