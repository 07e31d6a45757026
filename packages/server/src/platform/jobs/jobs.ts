import { type Runner, run, runMigrations, type TaskList, Logger as WorkerLogger } from 'graphile-worker';
import { type Database, type Queryable, sql } from '../database/database.ts';
import type { Logger } from '../log/log.ts';

const schema = 'jobs';

/**
 * Jobs of a process that was killed are taken over when it has not renewed its hold on them for this long, in seconds;
 * graphile-worker alone would wait four hours. Renewed and looked for every `renewEvery` milliseconds.
 */
const lease = 60;
const renewEvery = 10_000;

export type JobHandler = (payload: unknown) => Promise<void>;

export type EnqueueOptions = {
  /** A waiting job with the same key is replaced. */
  key?: string;
  runAt?: Date;
  /** Tries in all, with growing pauses; default 25 (about three days). */
  maxAttempts?: number;
};

/** Ordinary background work (mail, clean-up, schedules) in the same database; webhooks have tables of their own. */
export type Jobs = {
  /** Adds a job in the caller's transaction: it exists exactly when that commits. */
  enqueue(tx: Queryable, task: string, payload: unknown, options?: EnqueueOptions): Promise<void>;
  /** Declares what runs a task; before `start`. */
  handle(task: string, handler: JobHandler): void;
  /** Declares a task that runs by the clock: a cron line in UTC; missed runs of the last hour are made up for. */
  schedule(cron: string, task: string, handler: JobHandler): void;
  /** Whether this process runs jobs, how many wait although their time has come, and how many used up their tries. */
  health(): Promise<{ here: boolean; waiting: number; failed: number }>;
  prepare(): Promise<void>;
  start(): Promise<void>;
  /** Lets running jobs finish. */
  stop(): Promise<void>;
};

export function createJobs({ database, log }: { database: Database; log: Logger }): Jobs {
  // what it says of its own work (a job begins, a job ends) is for debugging
  const levels = { error: 'error', warning: 'warn', info: 'debug', debug: 'trace' } as const;
  const logger = new WorkerLogger(() => (level, message) => log[levels[level]]({ by: 'jobs' }, message));
  const tasks: TaskList = {};
  const crontab: string[] = [];
  let runner: Runner | undefined;
  let renewal: NodeJS.Timeout | undefined;
  /** Ids of the jobs that run in this process. */
  const running = new Set<string>();

  function handle(task: string, handler: JobHandler): void {
    if (tasks[task]) throw new Error(`task ${task} has a handler already`);
    tasks[task] = async (payload, { job }) => {
      running.add(job.id);
      try {
        await handler(payload);
      } catch (error) {
        log.warn({ task, error: (error as Error).message }, 'a job failed and will be tried again');
        throw error;
      } finally {
        running.delete(job.id);
      }
    };
  }

  /** Renews the hold on the jobs that run here, and releases those whose process is gone. */
  async function keepLeases(): Promise<void> {
    try {
      await database.run(sql`
        UPDATE jobs._private_jobs SET locked_at = now() WHERE id = ANY (${[...running]}::bigint[])`);
      await database.run(sql`
        UPDATE jobs._private_jobs SET locked_at = NULL, locked_by = NULL
        WHERE locked_at < now() - make_interval(secs => ${lease})`);
    } catch (error) {
      log.warn({ error: (error as Error).message }, 'the hold on running jobs could not be renewed');
    }
  }

  return {
    handle,
    schedule(cron, task, handler) {
      handle(task, handler);
      crontab.push(`${cron} ${task} ?fill=1h&max=3`);
    },
    async enqueue(tx, task, payload, { key, runAt, maxAttempts } = {}) {
      await tx.run(sql`
        SELECT jobs.add_job(${task}, payload => ${JSON.stringify(payload)}::json, job_key => ${key ?? null},
                            run_at => ${runAt ?? null}::timestamptz, max_attempts => ${maxAttempts ?? null}::int)`);
    },
    async health() {
      const counts = await database.row<{ waiting: number; failed: number }>(sql`
        SELECT count(*) FILTER (WHERE attempts < max_attempts AND run_at <= now())::int AS waiting,
          count(*) FILTER (WHERE attempts >= max_attempts)::int AS failed
        FROM jobs.jobs`);
      return { here: runner !== undefined, waiting: counts?.waiting ?? 0, failed: counts?.failed ?? 0 };
    },
    prepare: () => runMigrations({ pgPool: database.pool, schema, logger }),
    async start() {
      await keepLeases();
      renewal = setInterval(() => void keepLeases(), renewEvery);
      runner = await run({
        pgPool: database.pool,
        schema,
        logger,
        taskList: tasks,
        crontab: crontab.join('\n'),
        concurrency: 4,
        noHandleSignals: true,
        pollInterval: 2000,
      });
    },
    async stop() {
      await runner?.stop();
      clearInterval(renewal);
    },
  };
}
