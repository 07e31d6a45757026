import { hash, type Options, verify } from '@node-rs/argon2';

/** argon2id (the library's default) with 19 MiB, 2 passes, 1 lane: OWASP's first choice, about 11 ms of one core. */
const cost: Options = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** The password as a PHC string (`$argon2id$…`), salted anew each time. Runs off the event loop. */
export function hashPassword(password: string): Promise<string> {
  return hash(password, cost);
}

/** Whether `password` is the one that `stored` was made of; false as well for a `stored` that is no hash. */
export async function verifyPassword(stored: string, password: string): Promise<boolean> {
  try {
    return await verify(stored, password);
  } catch {
    return false;
  }
}

let absentHash: Promise<string> | undefined;

/**
 * Takes as long as a wrong password does: for users that do not exist, so that the time of an answer does not tell
 * which login names do.
 */
export async function spendPasswordCheck(password: string): Promise<false> {
  absentHash ??= hashPassword('nobody');
  await verifyPassword(await absentHash, password);
  return false;
}
