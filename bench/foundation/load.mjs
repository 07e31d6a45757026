// One load in a process of its own. Standard input: {url, connections, seconds, requests: [{method, path, headers, body}]}
// as JSON; output: {perSecond, p50, p99, failed}. The requests are sent in turn, by every connection from another place on.
import autocannon from 'autocannon';

let text = '';
for await (const chunk of process.stdin) text += chunk;
const { url, connections, seconds, requests } = JSON.parse(text);
let from = 0;
const result = await autocannon({
  url,
  connections,
  duration: seconds,
  setupClient(client) {
    from = (from + 37) % requests.length;
    client.setRequests([...requests.slice(from), ...requests.slice(0, from)]);
  },
});
const { requests: rate, latency, non2xx, errors, timeouts, statusCodeStats } = result;
console.log(
  JSON.stringify({
    perSecond: rate.average,
    sent: rate.total,
    p50: latency.p50,
    p99: latency.p99,
    failed: non2xx + errors + timeouts,
    why: non2xx + errors + timeouts > 0 ? { errors, timeouts, statusCodeStats } : undefined,
  }),
);
