// The CloudFront Function: routes by host, stage and path. Keys and values: mod.rs.
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
// These mislead an origin about host, path or client, as x-forwarded-* does.
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

// A target that no table names yet. An unknown token never falls back to a table.
async function byToken(event, host, token) {
  const target = TOKEN.test(token) ? await read(`c|${token}`, 'json') : null;
  return target ? forward(event, host, target, target.id, `c|${host}|${target.id}`) : answer(404, 'no such candidate');
}

// Links count only where the table says so (p): not on custom domains or protected stages.
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

// GET and HEAD are redirected with a cookie; a redirect could lose a body, so others are served.
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

// A bad cookie, or one whose stage is gone, is cleared; its request reaches no other stage.
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

// The table of the stage that a value names, if its signature is good and the stage is still there.
async function preview(host, value) {
  const parts = SIGNED.exec(value);
  const key = parts ? await read('k|mac', 'string') : null;
  if (!key) {
    return null;
  }
  const mac = crypto.createHmac('sha256', key).update(`${host}|${parts[1]}`).digest('hex');
  return isSame(mac, parts[2]) ? await read(`x|${parts[1]}|${host}`, 'json') : null;
}

// A path that leads to one target as sent and to another as decoded is refused.
async function byPath(event, host, table) {
  const sent = event.request.uri;
  const plain = decoded(sent);
  const seen = {};
  const tid = await find(table, host, sent, seen);
  const other = plain === sent ? tid : await find(table, host, plain, seen);
  if (other !== tid) {
    return answer(400, 'this path is ambiguous: write it without encoded, doubled or dot segments');
  }
  if (!tid) {
    return answer(404, 'no route matches this path');
  }
  const target = await read(`t|${table.s}|${tid}`, 'json');
  if (!target) {
    throw new Error('no target');
  }
  return forward(event, host, target, tid, `${table.s}|${host}|${tid}`);
}

// Tid of the first route that matches, or ''. Leaves that were read are in seen.
async function find(table, host, path, seen) {
  if (table.r) {
    return first(table.r, path);
  }
  let entry = table.i[0];
  for (let n = 1; n < table.i.length && table.i[n][0] <= path; n++) {
    entry = table.i[n];
  }
  for (let part = 0; part < entry[2]; part++) {
    const key = `l|${table.s}|${host}|${table.v}|${entry[1]}.${part}`;
    const routes = seen[key] || await read(key, 'json');
    if (!routes) {
      throw new Error('no leaf');
    }
    seen[key] = routes;
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
  const wild = pattern.search(/[*?]/);
  if (wild < 0 || !path.startsWith(pattern.slice(0, wild))) {
    return pattern === path;
  }
  let p = wild;
  let s = wild;
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

// As the most eager origin reads it: decoded, (back)slashes merged, dot segments resolved.
function decoded(uri) {
  if (!['%', '\\', '//', '/.'].some((mark) => uri.includes(mark))) {
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

// All fields are passed: the rest would be inherited from the placeholder origin.
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

// In lower case, without port and final dot; '' for what is no host name.
function hostOf(header) {
  const host = header && !header.multiValue ? header.value.toLowerCase() : '';
  const name = host.replace(/\.?(:[0-9]*)?$/, '');
  return HOST.test(name) ? name : '';
}

// Only the edge may say these. Some servers read underscores as hyphens.
function scrub(headers) {
  Object.keys(headers).forEach((name) => {
    const plain = name.split('_').join('-');
    if (plain.startsWith('x-scf-') || plain.startsWith('x-forwarded-') || MISLEADING.includes(plain)) {
      delete headers[name];
    }
  });
}

// get() rejects for a missing key and for a broken store; only then exists() is asked which.
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

// Of texts of one length; takes as long for a wrong one as for the right one.
function isSame(a, b) {
  let difference = 0;
  for (let n = 0; n < a.length; n++) {
    difference |= a.charCodeAt(n) ^ b.charCodeAt(n);
  }
  return difference === 0;
}

function isSafe(request) {
  return ['GET', 'HEAD'].includes(request.method);
}

// One leading slash: `//other.example` would be another host.
function redirect(request, value, attributes) {
  const pairs = [];
  Object.keys(request.querystring).forEach((name) => {
    const entry = request.querystring[name];
    (entry.multiValue || [entry]).forEach((one) => pairs.push(one.value ? `${name}=${one.value}` : name));
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
    headers: { 'cache-control': { value: 'no-store' }, 'content-type': { value: 'text/plain' } },
    body: { encoding: 'text', data: reason ? `scf: ${reason}\n` : '' },
  };
}
