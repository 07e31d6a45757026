/** One plain hop through the proxy library, without rights and without rewriting: what `bench/catalog-proxy.ts` compares with. */
import proxy from '@fastify/http-proxy';
import Fastify from 'fastify';

const app = Fastify();
await app.register(proxy, { upstream: String(process.argv[2]) });
console.log(await app.listen({ port: 0, host: '127.0.0.1' }));
