// The portal under test: the release binary with the demo town, on a free port, with data of its own.

import { type ChildProcess, execFile, spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { test as base } from "@playwright/test";
import pg from "pg";
import { Person } from "./person.ts";

export type Engine = "sqlite" | "postgres";
export type PortalOptions = {
  engine: Engine;
  /** The day that the portal believes in, such as `2026-11-15`; empty for the real one. */
  today: string;
};
export type PersonOptions = {
  /** Presses keys only, never a mouse's button. */
  byKeyboard: boolean;
};

/** An account of the demo town that is worth a look. */
export type DemoAccount = { number: string; pin: string; provider: string };

export type Portal = {
  url: string;
  accounts: DemoAccount[];
  /** What `kabinet demo` printed. */
  demo: string;
  /** One-time codes that a sign-in has used: an older letter must not be read again. */
  usedCodes: Set<string>;
};

const BINARY = resolve(import.meta.dirname, process.env.KABINET_BINARY ?? "../target/release/kabinet");
/** The demo town is thousands of rows; a busy machine takes its time. */
const FILLED_WITHIN = 60_000;
const STARTED_WITHIN = 20_000;
const STOPPED_WITHIN = 10_000;
const LOOK_EVERY = 50;

export const test = base.extend<PersonOptions & { person: Person }, PortalOptions & { portal: Portal }>({
  engine: ["sqlite", { option: true, scope: "worker" }],
  today: ["", { option: true, scope: "worker" }],
  byKeyboard: [false, { option: true }],

  portal: [
    async ({ engine, today }, use, worker) => {
      const day = today === "" ? [] : ["--today", today];
      const folder = await mkdtemp(join(tmpdir(), "kabinet-e2e-"));
      const database = await openDatabase(engine, folder);
      const port = await freePort();
      const url = `http://127.0.0.1:${port}`;
      const environment = {
        PATH: process.env.PATH ?? "",
        KABINET_DATABASE_URL: database.url,
        KABINET_LISTEN: `127.0.0.1:${port}`,
        KABINET_PUBLIC_URL: url,
        KABINET_ADMIN_LISTEN: "127.0.0.1:0",
        KABINET_SECRET_KEY_FILE: join(folder, "secret.key"),
      };
      await mkdir(worker.project.outputDir, { recursive: true });
      const log = join(worker.project.outputDir, `portal-${worker.workerIndex}.log`);
      try {
        const { stdout } = await promisify(execFile)(BINARY, ["demo", ...day], {
          cwd: folder,
          env: environment,
          timeout: FILLED_WITHIN,
        });
        const server = start(["serve", "--demo", ...day], folder, environment, log);
        try {
          await answers(`${url}/healthz`, server, log);
          await use({ url, accounts: accountsIn(stdout), demo: stdout, usedCodes: new Set() });
        } finally {
          await stop(server);
        }
      } finally {
        await database.drop();
        await rm(folder, { recursive: true, force: true });
      }
    },
    { scope: "worker", timeout: FILLED_WITHIN + STARTED_WITHIN + STOPPED_WITHIN },
  ],

  baseURL: async ({ portal }, use) => use(portal.url),

  person: async ({ page, portal, javaScriptEnabled, byKeyboard }, use) =>
    use(new Person(page, portal, javaScriptEnabled !== false, byKeyboard)),
});

export { expect } from "@playwright/test";

type Database = { url: string; drop(): Promise<void> };

async function openDatabase(engine: Engine, folder: string): Promise<Database> {
  if (engine === "sqlite") {
    return { url: `sqlite://${join(folder, "kabinet.db")}`, drop: async () => {} };
  }
  const server = process.env.KABINET_TEST_POSTGRES;
  if (!server) {
    throw new Error("PostgreSQL is needed: run `cargo xtask e2e`, or set KABINET_TEST_POSTGRES=postgres://user@host:port/postgres");
  }
  const name = `kabinet_e2e_${process.pid}_${Date.now()}`;
  await statement(server, `CREATE DATABASE ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => statement(server, `DROP DATABASE ${name} WITH (FORCE)`) };
}

async function statement(server: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

async function freePort(): Promise<number> {
  const listener = createServer();
  await new Promise<void>((listening) => listener.listen(0, "127.0.0.1", listening));
  const address = listener.address();
  await new Promise((closed) => listener.close(closed));
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
}

function start(args: string[], folder: string, environment: NodeJS.ProcessEnv, log: string): ChildProcess {
  const server = spawn(BINARY, args, { cwd: folder, env: environment, stdio: ["ignore", "pipe", "pipe"] });
  const file = createWriteStream(log);
  server.stdout?.pipe(file, { end: false });
  server.stderr?.pipe(file, { end: false });
  return server;
}

async function answers(address: string, server: ChildProcess, log: string): Promise<void> {
  const deadline = Date.now() + STARTED_WITHIN;
  while (Date.now() < deadline) {
    if (server.exitCode !== null) throw new Error(`the portal ended at once (${server.exitCode}), see ${log}`);
    const answer = await fetch(address).catch(() => undefined);
    if (answer?.ok) return;
    await pause(LOOK_EVERY);
  }
  throw new Error(`the portal does not answer, see ${log}`);
}

async function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null) return;
  const ended = new Promise((exited) => server.once("exit", exited));
  server.kill("SIGTERM");
  const inTime = await Promise.race([ended.then(() => true), pause(STOPPED_WITHIN).then(() => false)]);
  if (!inTime) {
    server.kill("SIGKILL");
    throw new Error("the portal did not stop when asked to");
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((done) => setTimeout(done, milliseconds));
}

/** The lines of `kabinet demo` such as `  70000001   PIN 12345678   Поставщик: что там видно`. */
function accountsIn(printed: string): DemoAccount[] {
  const lines = [...printed.matchAll(/^\s*(\d+)\s+PIN (\d{8})\s+([^:]+):/gm)];
  const accounts = lines.map(([, number, pin, provider]) => ({ number, pin, provider }));
  if (accounts.length < 3) throw new Error(`kabinet demo printed no three accounts with PINs:\n${printed}`);
  return accounts;
}
