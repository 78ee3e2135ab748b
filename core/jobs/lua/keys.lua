-- The schema: every key in Redis, its type and its writers. In front of every script; core/jobs/names.py reads this
-- table, so that scripts and Python build all names from it.
local NAMES = {
  -- A job and its parts. The parts are deleted with its outputs (PARTS in basics.lua), record and deliveries one
  -- retention later.
  job = 'vl:job:%s',                           -- hash: the record; create, restore, every script of a job
  job_leases = 'vl:job:%s:leases',             -- hash: member -> token; claim, complete, reap and others that end one
  job_claims = 'vl:job:%s:claims',             -- hash: member -> claimer and time, JSON; as job_leases
  job_attempts = 'vl:job:%s:attempts',         -- hash: member -> counted attempts; claim, complete, give_back
  job_lost = 'vl:job:%s:lost',                 -- hash: member:token -> an expired lease; reap, heartbeat
  job_tries = 'vl:job:%s:tries',               -- list: counted attempts, JSON; give_back, reap
  job_dead = 'vl:job:%s:dead',                 -- string: the dead letter, JSON; give_back, reap
  job_done = 'vl:job:%s:done',                 -- hash: member -> token of the result that counts; complete, reuse, fail
  job_mixtures = 'vl:job:%s:mixtures',         -- hash: chunk -> object key; chunk_ready
  job_stems = 'vl:job:%s:stems',               -- hash: chunk -> object key; complete
  job_pieces = 'vl:job:%s:pieces',             -- hash: chunk -> Piece, JSON; publish_piece, reuse, restore
  job_manifest = 'vl:job:%s:manifest',         -- string: Manifest, JSON; commit_manifest, restore
  job_events = 'vl:job:%s:events',             -- stream: type, data as JSON; every script of a job
  job_deliveries = 'vl:job:%s:deliveries',     -- list: webhook delivery attempts, JSON; settle_delivery

  -- Lists of jobs.
  jobs = 'vl:jobs:%s:%s',                      -- zset: per tenant and state ('all': any) ids, all scored 0; set_state
  batch = 'vl:batch:%s:%s:%s',                 -- zset: likewise, per tenant, batch and state; set_state
  live = 'vl:live',                            -- set: ids of live jobs; set_state
  cache = 'vl:cache:%s:%s',                    -- string: by recipe and sha256 the last succeeded job; terminate
  deadlines = 'vl:deadlines',                  -- zset: ids by deadline; create, restore, reap
  sweeps = 'vl:sweeps',                        -- zset: ids by time of the next sweep; terminate, *_sweep, sweep_done
  dead = 'vl:dead',                            -- zset: ids of dead letters by time; bury, and DeadLetters in Python

  -- Order of tasks: common.lua explains the lanes. A lane is a kind of task, for separate with the model.
  lane = 'vl:lane:%s',                         -- zset: per lane tenants by turn; enqueue, release
  lane_jobs = 'vl:lane:%s:tenant:%s',          -- zset: per lane and tenant ids by turn; enqueue, release
  lane_tasks = 'vl:lane:%s:job:%s',            -- zset: per lane and job indices; enqueue, release
  served = 'vl:served',                        -- zset: lane:tenant by its last turn, the newest only; release
  turn = 'vl:turn',                            -- counter; enqueue, release
  waiting = 'vl:waiting:%s',                   -- zset: per kind members by start of the wait; enqueue, release
  released = 'vl:released:%s',                 -- zset: per kind members by time of the last hint; release, claim
  hinted = 'vl:hinted',                         -- hash: member -> hints sent again; due_hints, claim, settle
  leases = 'vl:leases:%s',                     -- zset: per kind members by end of the lease; claim, heartbeat
  delayed = 'vl:delayed',                      -- zset: members by end of the delay; give_back, reap
  token = 'vl:token',                          -- counter: fencing tokens; claim, restore

  -- Workers, janitors and measurements.
  workers = 'vl:workers',                      -- zset: workers by end of registration; register_worker, reap
  slots = 'vl:slots:%s',                       -- hash: per queue worker -> slots; register_worker, reap
  worker_models = 'vl:worker_models',           -- hash: gpu worker -> its model, name@version; register_worker, reap
  models = 'vl:models',                         -- zset: by last registration of a worker; register_worker, enqueue
  reaped = 'vl:reaped',                        -- string: time of the last reap; reap
  rates = 'vl:rates',                          -- hash: measured rates; complete
  backlog = 'vl:backlog',                      -- hash: remaining cost of all live jobs; create, and Backlog in Python
  counted = 'vl:counted',                      -- string, expires: marks a recent count of the backlog; Backlog
  born = 'vl:born',                            -- string: creation time of this data; Backlog, Rebuild
  chores = 'vl:chores',                        -- string, expires: lock of the hourly chores; Chores
  room = 'vl:room',                            -- string, never exists: even_when_full

  -- Webhooks.
  webhooks = 'vl:webhooks',                    -- zset: ids by time of the next attempt; terminate, *_delivery
  webhook_trials = 'vl:webhook-trials',        -- list: ids of test events to send; begin_trial, take_trial
  webhook_trial = 'vl:webhook-trial:%s',       -- hash, expires: a test event and its outcome; begin_trial, Webhooks
  webhook_secrets = 'vl:webhook-secrets:%s',   -- hash: per tenant current, previous, previous_until; webhook_secrets

  -- Access: core/access, and idempotency keys.
  idempotency = 'vl:idem:%s:%s',               -- hash, expires: per tenant and sha256 the created job; key_*, create
  access_key = 'vl:key:%s',                    -- hash: an API key's record; Keys, access/lua/admit.lua
  access_keys = 'vl:keys',                     -- zset: API keys' ids by creation time; Keys
  rate_limit = 'vl:rate:%s',                   -- string, expires: time at which a bucket is full; access/lua/admit.lua
  submissions = 'vl:submissions:%s',           -- zset, expires: per tenant requests in flight; access/lua/reserve.lua
  audio = 'vl:audio:%s:%d',                    -- string, expires: per tenant and day seconds of audio; complete
  token_secret = 'vl:token_secret',            -- string: signs job tokens; Gate

  -- Presigned uploads: Uploads in Python.
  upload = 'vl:upload:%s',                     -- string: the record, JSON
  uploads = 'vl:uploads',                      -- zset: ids by expiry
  tenant_uploads = 'vl:uploads:%s',            -- zset: likewise, a tenant's
}

local function key(name, ...) return string.format(NAMES[name], ...) end

