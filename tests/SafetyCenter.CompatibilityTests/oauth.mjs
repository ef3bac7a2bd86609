// Does with OAuth clients that others wrote what the tests ask for: one request a line on standard input, one answer a line
// on standard output. What a client makes of an answer is told as it stands: a value, an error of the server that it read
// (with status), or a failure of its own, which is what it thinks of a server that breaks the rules.
import readline from 'node:readline';
import * as oauth from 'oauth4webapi';
import simple from 'simple-oauth2';

const REDIRECT = 'https://app.example.com/callback';

// The clients know our public address; behind it, as behind a gateway, is the instance that the test started.
const through = url => (address, options) =>
  fetch(String(address).replace('https://safety.example.com/', url), options);

const authentications = {
  client_secret_basic: secret => oauth.ClientSecretBasic(secret),
  client_secret_post: secret => oauth.ClientSecretPost(secret),
  none: () => oauth.None(),
};

// oauth4webapi, as its own examples use it: with discovery, and every check that it has.
const strict = {
  async discover({ url }) {
    const issuer = new URL('https://safety.example.com');
    const options = { algorithm: 'oauth2', [oauth.customFetch]: through(url) };
    return oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, options));
  },

  async begin({ as, clientId, scope }) {
    const verifier = oauth.generateRandomCodeVerifier();
    const state = oauth.generateRandomState();
    const address = new URL(as.authorization_endpoint);
    for (const [name, value] of Object.entries({
      client_id: clientId,
      redirect_uri: REDIRECT,
      response_type: 'code',
      scope,
      state,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    })) address.searchParams.set(name, value);
    return { address: address.href, verifier, state };
  },

  async finish({ as, client, authentication, options, callback, state, verifier, redirectUri }) {
    const answer = oauth.validateAuthResponse(as, client, new URL(callback), state);
    return oauth.processAuthorizationCodeResponse(as, client, await oauth.authorizationCodeGrantRequest(
      as, client, authentication, answer, redirectUri ?? REDIRECT, verifier, options));
  },

  async refresh({ as, client, authentication, options, token, scope }) {
    return oauth.processRefreshTokenResponse(as, client, await oauth.refreshTokenGrantRequest(
      as, client, authentication, token, { ...options, additionalParameters: scope ? { scope } : {} }));
  },

  async act({ as, client, authentication, options, scope }) {
    return oauth.processClientCredentialsResponse(as, client, await oauth.clientCredentialsGrantRequest(
      as, client, authentication, scope ? { scope } : {}, options));
  },

  async other({ as, client, authentication, options, grantType }) {
    return oauth.processGenericTokenEndpointResponse(as, client, await oauth.genericTokenEndpointRequest(
      as, client, authentication, grantType, { username: 'ann', password: 'x' }, options));
  },

  async introspect({ as, client, authentication, options, token }) {
    return oauth.processIntrospectionResponse(as, client, await oauth.introspectionRequest(
      as, client, authentication, token, options));
  },

  async revoke({ as, client, authentication, options, token }) {
    return await oauth.processRevocationResponse(await oauth.revocationRequest(
      as, client, authentication, token, options)) ?? null;
  },

  async call({ url, token, path }) {
    const response = await oauth.protectedResourceRequest(token, 'GET', new URL(path, 'https://safety.example.com'),
      undefined, undefined, { [oauth.customFetch]: through(url) });
    return { status: response.status };
  },
};

async function prepared(request) {
  const as = request.step === 'discover' || request.step === 'call' ? null : await strict.discover(request);
  return {
    ...request,
    as,
    client: { client_id: request.clientId },
    authentication: authentications[request.method ?? 'none'](request.secret),
    options: { [oauth.customFetch]: through(request.url) },
  };
}

// simple-oauth2, which discovers nothing and is told every address.
const plain = {
  client: ({ url, clientId, secret, method, encoding }) => ({
    client: { id: clientId, secret: secret ?? '' },
    auth: { tokenHost: url, tokenPath: '/oauth2/token', revokePath: '/oauth2/revoke' },
    options: { authorizationMethod: method === 'client_secret_basic' ? 'header' : 'body', credentialsEncodingMode: encoding ?? 'strict' },
  }),

  code(request) {
    const settings = this.client(request);
    settings.auth.authorizePath = '/oauth2/authorize';
    return new simple.AuthorizationCode(settings);
  },

  async begin(request) {
    const { verifier, state } = request;
    const code_challenge = await oauth.calculatePKCECodeChallenge(verifier);
    return {
      address: this.code(request).authorizeURL({
        redirect_uri: REDIRECT, scope: request.scope, state, code_challenge, code_challenge_method: 'S256',
      }),
    };
  },

  async finish(request) {
    const code = new URL(request.callback).searchParams.get('code');
    return (await this.code(request).getToken({ code, redirect_uri: REDIRECT, code_verifier: request.verifier })).token;
  },

  async refresh(request) {
    return (await this.code(request).createToken({ refresh_token: request.token }).refresh(
      request.scope ? { scope: request.scope } : {})).token;
  },

  async act(request) {
    return (await new simple.ClientCredentials(this.client(request)).getToken(
      request.scope ? { scope: request.scope } : {})).token;
  },

  async revoke(request) {
    await this.code(request).createToken({ access_token: request.token }).revoke('access_token');
    return null;
  },
};

async function answer(request) {
  try {
    return {
      value: request.library === 'simple-oauth2'
        ? await plain[request.step](request)
        : await strict[request.step](await prepared(request)),
    };
  } catch (error) {
    if (error instanceof oauth.WWWAuthenticateChallengeError) {
      return { error: `challenge: ${error.cause.map(challenge => challenge.scheme).join(' ')}`, status: error.status };
    }
    if (error instanceof oauth.ResponseBodyError) return { error: error.error, status: error.status };
    if (error instanceof oauth.AuthorizationResponseError) return { error: error.error, status: 0 };
    if (error.data?.payload?.error) return { error: error.data.payload.error, status: error.output.statusCode };
    return { failure: String(error.stack ?? error) };
  }
}

console.log('ready');
readline.createInterface({ input: process.stdin }).on('line', async line => {
  console.log(JSON.stringify(await answer(JSON.parse(line))));
}).on('close', () => process.exit());
