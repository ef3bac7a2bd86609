// Calls methods of Datadog's client as the tests ask for it: one request a line on standard input, one answer a line on
// standard output. What the client makes of an answer is told as it stands, with `_unparsed` where it did not understand.
const { client, v1, v2 } = require('@datadog/datadog-api-client');
const readline = require('node:readline');

const ISO_TIME = /^\d{4}-\d\d-\d\dT/;

function configured({ url, apiKey, appKey, bearer }) {
  const configuration = client.createConfiguration({
    authMethods: {
      ...(apiKey ? { apiKeyAuth: apiKey } : {}),
      ...(appKey ? { appKeyAuth: appKey } : {}),
      ...(bearer ? { AuthZ: { accessToken: bearer } } : {}),
    },
    baseServer: new client.BaseServerConfiguration(url, {}),
    enableRetry: false,
  });
  for (const name of Object.keys(configuration.unstableOperations)) {
    configuration.unstableOperations[name] = true;
  }
  return configuration;
}

// The client takes times as Date, which JSON has not.
function revived(value, key = '') {
  if (Array.isArray(value)) return value.map(item => revived(item));
  if (value && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, revived(item, name)]));
  }
  return /At$/.test(key) && typeof value === 'string' && ISO_TIME.test(value) ? new Date(value) : value;
}

async function answer({ version, api, method, parameters, ...connection }) {
  try {
    const instance = new ({ v1, v2 }[version][api])(configured(connection));
    // A method without parameters would take an empty object for a configuration.
    const sent = parameters ? [revived(parameters)] : [];
    if (method.endsWith('WithPagination')) {
      const items = [];
      for await (const item of instance[method](...sent)) items.push(item);
      return { value: items };
    }
    return { value: await instance[method](...sent) ?? null };
  } catch (error) {
    return typeof error.code === 'number'
      ? { code: error.code, errors: error.body?.errors?.map(error => typeof error === 'string' ? error : JSON.stringify(error)) ?? null }
      : { failure: String(error.stack ?? error) };
  }
}

console.log('ready');
readline.createInterface({ input: process.stdin }).on('line', async line => {
  console.log(JSON.stringify(await answer(JSON.parse(line))));
}).on('close', () => process.exit());
