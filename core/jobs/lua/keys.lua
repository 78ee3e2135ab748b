-- The schema: every key in Redis, its type, and who writes it. Put before every script; core/jobs/names.py reads this
-- table, so that scripts and Python build names from it and from nowhere else.
local NAMES = {
  -- A job and its parts. The parts go with its outputs (PARTS in basics.lua), record and deliveries a retention later.
  job = 'vl:job:%s',                           -- hash: the record; create, restore, every script of a job
  job_leases = 'vl:job:%s:leases',             -- hash: member -> token; claim, complete, reap and whoever ends one
  job_claims = 'vl:job:%s:claims',             -- hash: member -> who claimed it when, JSON; as job_leases
  job_attempts = 'vl:job:%s:attempts',         -- hash: member -> attempts that count; claim, complete, give_back
  job_lost = 'vl:job:%s:lost',                 -- hash: member:token -> a lease that ran out; reap, heartbeat
  job_tries = 'vl:job:%s:tries',               -- list: attempts that counted, JSON; give_back, reap
  job_dead = 'vl:job:%s:dead',                 -- string: the dead letter, JSON; give_back, reap
  job_done = 'vl:job:%s:done',                 -- hash: member -> token whose result stands; complete, reuse
  job_mixtures = 'vl:job:%s:mixtures',         -- hash: chunk -> object key; chunk_ready
  job_stems = 'vl:job:%s:stems',               -- hash: chunk -> object key; complete
  job_pieces = 'vl:job:%s:pieces',             -- hash: chunk -> Piece, JSON; publish_piece, reuse, restore
  job_manifest = 'vl:job:%s:manifest',         -- string: Manifest, JSON; commit_manifest, restore
  job_events = 'vl:job:%s:events',             -- stream: type, data as JSON; every script of a job
  job_deliveries = 'vl:job:%s:deliveries',     -- list: attempts to tell the webhook, JSON; settle_delivery

  -- Which jobs there are.
  jobs = 'vl:jobs:%s:%s',                      -- zset: per tenant and state ('all': any) ids, all scored 0; set_state
  batch = 'vl:batch:%s:%s:%s',                 -- zset: likewise, per tenant, batch and state; set_state
  live = 'vl:live',                            -- set: ids of jobs that are not over; set_state
  cache = 'vl:cache:%s:%s',                    -- string: by recipe and sha256 the job that succeeded last; terminate
  deadlines = 'vl:deadlines',                  -- zset: ids by deadline; create, restore, reap
  sweeps = 'vl:sweeps',                        -- zset: ids by when they are swept next; terminate, *_sweep, sweep_done
  dead = 'vl:dead',                            -- zset: ids by when they were given up; bury, and DeadLetters in Python

  -- Who goes next: common.lua explains the lanes. A lane is a kind of work, for separate with the model.
  lane = 'vl:lane:%s',                         -- zset: per lane tenants by turn; enqueue, release
  lane_jobs = 'vl:lane:%s:tenant:%s',          -- zset: per lane and tenant ids by turn; enqueue, release
  lane_tasks = 'vl:lane:%s:job:%s',            -- zset: per lane and job indices; enqueue, release
  served = 'vl:served',                        -- zset: lane:tenant by its last turn, the newest only; release
  turn = 'vl:turn',                            -- counter; enqueue, release
  waiting = 'vl:waiting:%s',                   -- zset: per kind members by since when they wait; enqueue, release
  released = 'vl:released:%s',                 -- zset: per kind members by when a hint was last sent; release, claim
  hinted = 'vl:hinted',                         -- hash: member -> hints sent again; due_hints, whoever ends the wait
  leases = 'vl:leases:%s',                     -- zset: per kind members by when the lease ends; claim, heartbeat
  delayed = 'vl:delayed',                      -- zset: members by when they are runnable again; give_back, reap
  token = 'vl:token',                          -- counter: fencing tokens; claim, restore

  -- Workers, janitors, and what was measured.
  workers = 'vl:workers',                      -- zset: workers by when they count as gone; register_worker, reap
  slots = 'vl:slots:%s',                       -- hash: per queue worker -> slots; register_worker, reap
  worker_models = 'vl:worker_models',           -- hash: gpu worker -> name@version that it holds; register_worker, reap
  models = 'vl:models',                         -- zset: by when a live worker last had them; register_worker, enqueue
  reaped = 'vl:reaped',                        -- string: when a janitor looked last; reap
  rates = 'vl:rates',                          -- hash: what things take; complete
  backlog = 'vl:backlog',                      -- hash: what all live jobs still cost; create, and Backlog in Python
  counted = 'vl:counted',                      -- string, expires: the backlog was just counted; Backlog
  born = 'vl:born',                            -- string: since when these data are there; Backlog, Rebuild
  chores = 'vl:chores',                        -- string, expires: the hourly chores are being done; Chores
  room = 'vl:room',                            -- string, never there: even_when_full

  -- Webhooks.
  webhooks = 'vl:webhooks',                    -- zset: ids by when the next attempt is due; terminate, *_delivery
  webhook_trials = 'vl:webhook-trials',        -- list: ids of test events to send; begin_trial, take_trial
  webhook_trial = 'vl:webhook-trial:%s',       -- hash, expires: a test event and what came of it; begin_trial, Webhooks
  webhook_secrets = 'vl:webhook-secrets:%s',   -- hash: per tenant current, previous, previous_until; webhook_secrets

  -- Who may: core/access, and idempotency keys.
  idempotency = 'vl:idem:%s:%s',               -- hash, expires: per tenant and sha256 the job it made; key_*, create
  access_key = 'vl:key:%s',                    -- hash: an API key's record; Keys, access/lua/admit.lua
  access_keys = 'vl:keys',                     -- zset: API keys' ids by when they were made; Keys
  rate_limit = 'vl:rate:%s',                   -- string, expires: when a bucket is full again; access/lua/admit.lua
  submissions = 'vl:submissions:%s',           -- zset, expires: per tenant those under way; access/lua/reserve.lua
  audio = 'vl:audio:%s:%d',                    -- string, expires: per tenant and day seconds of audio; complete
  token_secret = 'vl:token_secret',            -- string: signs job tokens; Gate

  -- Presigned uploads: Uploads in Python.
  upload = 'vl:upload:%s',                     -- string: the record, JSON
  uploads = 'vl:uploads',                      -- zset: ids by when they expire
  tenant_uploads = 'vl:uploads:%s',            -- zset: likewise, a tenant's
}

local function key(name, ...) return string.format(NAMES[name], ...) end

