// The CloudFront Function (runtime 2.0, viewer request): routes by host, stage and path. Keys and values: mod.rs.
// At most 10 KB; no for-of, class, destructuring, spread, `?.`, async argument or closure.
import cf from 'cloudfront';
import crypto from 'crypto';

const store = cf.kvs();
const COOKIE = '__Host-scf-stage';
const LINK = 'scf-stage';
const ATTRIBUTES = 'Path=/; Secure; HttpOnly; SameSite=Lax';
const HOST = /^[a-z0-9][a-z0-9.-]{0,252}$/;
const TOKEN = /^[a-zA-Z0-9]{16,64}$/;
const SIGNED = /^([a-zA-Z0-9][a-zA-Z0-9-]{0,27})\.([0-9a-f]{64})$/;
// What makes an origin believe in another host, path or client, beside x-forwarded-*.
const MISLEADING = ['forwarded', 'x-host', 'x-original-host', 'x-original-url', 'x-real-ip', 'x-rewrite-url'];

async function handler(event) {
  const request = event.request;
  const host = hostOf(request.headers.host);
  const token = request.headers['x-scf-candidate'];
  const cookie = request.cookies[COOKIE];
  if (!host) {
    return answer(400, 'the host is not a host name');
  }
  if (request.uri[0] !== '/') {
    return answer(400, 'the path does not begin with a slash');
  }
  scrub(request.headers);
  delete request.cookies[COOKIE];
  try {
    if (token) {
      return await byToken(event, host, token.value);
    }
    if (cookie && !request.querystring[LINK]) {
      return await byCookie(event, host, cookie.value);
    }
    return await byHost(event, host);
  } catch (e) {
    return answer(503, 'the routing table cannot be read; try again');
  }
}

// A probe of a target that no table names yet. An unknown token never falls back to the table.
async function byToken(event, host, token) {
  const target = TOKEN.test(token) ? await read(`c|${token}`, 'json') : null;
  return target ? forward(event, host, target, target.id, `c|${token}`) : answer(404, 'no such candidate');
}

// Links count only where the table says so (p): never on a custom domain or a protected stage.
async function byHost(event, host) {
  const table = await read(`h|${host}`, 'json');
  if (!table) {
    return answer(404, 'nothing is deployed at this host');
  }
  if (table.p && event.request.querystring[LINK]) {
    return await byLink(event, host);
  }
  return await byPath(event, host, table);
}

// GET and HEAD get a cookie and the URL without the link; a redirect could lose a body, so others are served.
async function byLink(event, host) {
  const request = event.request;
  const value = request.querystring[LINK].value;
  const table = await preview(host, value);
  if (!table) {
    return answer(404, 'this preview link is not valid, or the preview is gone');
  }
  delete request.querystring[LINK];
  if (isSafe(request)) {
    return redirect(request, value, ATTRIBUTES);
  }
  return await byPath(event, host, table);
}

// A cookie that is not valid, or whose stage is gone, is cleared; its request never reaches another stage.
async function byCookie(event, host, value) {
  const request = event.request;
  const table = await preview(host, value);
  if (table) {
    return await byPath(event, host, table);
  }
  const expired = `${ATTRIBUTES}; Max-Age=0`;
  if (isSafe(request)) {
    return redirect(request, '', expired);
  }
  return withCookie(answer(404, 'the preview is gone'), '', expired);
}

// The table of the stage that a signed value names, if the signature is good and the stage is still there.
async function preview(host, value) {
  const parts = SIGNED.exec(value);
  const key = parts ? await read('k|mac', 'string') : null;
  if (!key) {
    return null;
  }
  const mac = crypto.createHmac('sha256', key).update(`${host}|${parts[1]}`).digest('hex');
  return isSame(mac, parts[2]) ? await read(`x|${parts[1]}|${host}`, 'json') : null;
}

// A path that leads to one target as it was sent and to another as an origin may decode it is refused.
async function byPath(event, host, table) {
  const sent = event.request.uri;
  const plain = decoded(sent);
  const tid = await find(table, host, sent);
  const other = plain === sent ? tid : await find(table, host, plain);
  if (other !== tid) {
    return answer(400, 'this path is ambiguous: write it without encoded, doubled or dot segments');
  }
  if (!tid) {
    return answer(404, 'no route matches this path');
  }
  const target = await read(`t|${table.s}|${tid}`, 'json');
  if (!target) {
    throw new Error('the target is missing');
  }
  return forward(event, host, target, tid, `${table.s}|${host}|${tid}`);
}

// Tid of the first route that matches, or ''. A table that fits one value has no leaves to read.
async function find(table, host, path) {
  if (table.r) {
    return first(table.r, path);
  }
  let entry = table.i[0];
  for (let n = 1; n < table.i.length && table.i[n][0] <= path; n++) {
    entry = table.i[n];
  }
  for (let part = 0; part < entry[2]; part++) {
    const routes = await read(`l|${table.s}|${host}|${table.v}|${entry[1]}.${part}`, 'json');
    if (!routes) {
      throw new Error('the leaf is missing');
    }
    const tid = first(routes, path);
    if (tid) {
      return tid;
    }
  }
  return '';
}

function first(routes, path) {
  for (let n = 0; n < routes.length; n++) {
    if (matches(routes[n][0], path)) {
      return routes[n][1];
    }
  }
  return '';
}

// `*` is any run of characters, `?` is one.
function matches(pattern, path) {
  let p = 0;
  let s = 0;
  let star = -1;
  let mark = 0;
  while (s < path.length) {
    const c = pattern[p];
    if (c === '*') {
      if (p === pattern.length - 1) {
        return true;
      }
      star = p++;
      mark = s;
    } else if (c === path[s] || c === '?') {
      p++;
      s++;
    } else if (star >= 0) {
      p = star + 1;
      s = ++mark;
    } else {
      return false;
    }
  }
  while (pattern[p] === '*') {
    p++;
  }
  return p === pattern.length;
}

// As the most eager origin reads it: decoded, runs of (back)slashes as one slash, dot segments resolved.
function decoded(uri) {
  if (!/%|\\|\/[\/.]/.test(uri)) {
    return uri;
  }
  const text = uri.replace(/%([0-9a-fA-F]{2})/g, (all, hex) => String.fromCharCode(parseInt(hex, 16)));
  const segments = text.split(/[\/\\]+/);
  const kept = [];
  for (let n = 1; n < segments.length; n++) {
    const name = segments[n].split(';')[0];
    if (name === '..') {
      kept.pop();
    }
    if (name !== '.' && name !== '..') {
      kept.push(segments[n]);
    } else if (n === segments.length - 1) {
      kept.push('');
    }
  }
  return `/${kept.join('/')}`;
}

// What is left out would be inherited from the placeholder origin, so every field is passed.
function forward(event, host, target, tid, place) {
  const headers = event.request.headers;
  const ip = event.viewer.ip;
  const key = `${place}|${target.g}`;
  headers['x-forwarded-host'] = { value: host };
  headers['x-forwarded-ssl'] = { value: 'on' };
  headers['x-forwarded-scheme'] = { value: 'https' };
  headers.forwarded = { value: `for=${ip.includes(':') ? `"[${ip}]"` : ip};host=${host};proto=https` };
  headers['x-scf-key'] = { value: target.c ? key : `${key}|${event.context.requestId}` };
  const alb = target.k === 'a';
  const origin = {
    domainName: target.d,
    customOriginConfig: { port: alb ? 80 : 443, protocol: alb ? 'http' : 'https', sslProtocols: ['TLSv1.2'] },
    customHeaders: alb ? { 'x-scf-target': `${target.sec}.${tid}` } : {},
    originAccessControlConfig: { enabled: false },
    originShield: { enabled: false },
    connectionAttempts: 2,
    timeouts: { readTimeout: target.to, keepAliveTimeout: 60, connectionTimeout: 5 },
  };
  if (alb) {
    origin.hostHeader = host;
  }
  cf.updateRequestOrigin(origin);
  return event.request;
}

// Lower case, without port and final dot; '' for what cannot be one. Keys are made of nothing else.
function hostOf(header) {
  const host = header && !header.multiValue ? header.value.toLowerCase() : '';
  const name = host.replace(/\.?(:[0-9]*)?$/, '');
  return HOST.test(name) ? name : '';
}

// Only this function may say these. Underscores count as hyphens, as some servers read them.
function scrub(headers) {
  Object.keys(headers).forEach((name) => {
    const plain = name.replace(/_/g, '-');
    if (plain.startsWith('x-scf-') || plain.startsWith('x-forwarded-') || MISLEADING.includes(plain)) {
      delete headers[name];
    }
  });
}

// get() rejects for a missing key and for a broken store; exists() tells which, and is asked only then.
async function read(key, format) {
  try {
    return await store.get(key, { format: format });
  } catch (e) {
    if (await store.exists(key)) {
      throw e;
    }
    return null;
  }
}

// Takes as long for a wrong text as for the right one.
function isSame(a, b) {
  let difference = a.length ^ b.length;
  for (let n = 0; n < a.length; n++) {
    difference |= a.charCodeAt(n) ^ b.charCodeAt(n);
  }
  return difference === 0;
}

function isSafe(request) {
  return request.method === 'GET' || request.method === 'HEAD';
}

// Leading slashes become one: `//other.example` would be another host.
function redirect(request, value, attributes) {
  const pairs = [];
  Object.keys(request.querystring).forEach((name) => {
    const entry = request.querystring[name];
    (entry.multiValue || [entry]).forEach((one) => pairs.push(one.value === '' ? name : `${name}=${one.value}`));
  });
  const path = request.uri.replace(/^[\/\\]+/, '/');
  const response = answer(302, '');
  response.headers.location = { value: pairs.length ? `${path}?${pairs.join('&')}` : path };
  return withCookie(response, value, attributes);
}

function withCookie(response, value, attributes) {
  response.cookies = {};
  response.cookies[COOKIE] = { value: value, attributes: attributes };
  return response;
}

function answer(status, reason) {
  return {
    statusCode: status,
    headers: { 'cache-control': { value: 'no-store' }, 'content-type': { value: 'text/plain; charset=utf-8' } },
    body: { encoding: 'text', data: reason ? `scf: ${reason}\n` : '' },
  };
}
