import type { FastifyReply, FastifyRequest } from 'fastify';

/** How long a client may go on sending a body that nobody reads, in milliseconds. */
const unreadGrace = 5000;

/**
 * What becomes of a body that is answered before it was read to its end: a short one is dropped, so that the client
 * gets the answer and may use the connection again; an endless one is cut off. Node drops only what nobody has begun
 * to read, and a half-read body would hold its connection for good.
 */
export function endUnreadBody({ raw }: FastifyRequest, reply: FastifyReply): void {
  reply.raw.once('finish', () => {
    if (raw.complete) return;
    const limit = setTimeout(() => raw.destroy(), unreadGrace);
    raw.once('close', () => clearTimeout(limit));
    raw.resume();
  });
}
