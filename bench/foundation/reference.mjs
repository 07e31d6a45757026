// The two references, in a process of their own as the server is: the bare HTTP framework answering a constant, and the
// bare framework with one indexed SELECT on the server's own database. Arguments: PostgreSQL address, table, highest id.
import Fastify from 'fastify';
import pg from 'pg';
import { collectDefaultMetrics, register } from 'prom-client';

const [connectionString, table, highest] = process.argv.slice(2);
const pool = new pg.Pool({ connectionString, max: 10 });
const app = Fastify();
app.get('/constant', async () => ({ id: 1, status: 'ok' }));
app.get('/select', async () => {
  const id = 1 + Math.floor(Math.random() * Number(highest));
  const { rows } = await pool.query({
    name: 'one',
    text: `SELECT * FROM records.${table} WHERE id = $1`,
    values: [id],
  });
  return rows[0];
});
collectDefaultMetrics();
app.get('/metrics', () => register.metrics());
console.log(await app.listen({ host: '127.0.0.1', port: 0 }));
