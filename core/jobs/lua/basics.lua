-- Put before every script, then measured.lua and common.lua. ARGV: now ('' = the server's clock), lease seconds, most
-- attempts, most seconds of a recording, then the script's own arguments, which it finds in A. "member" is a work's
-- name, kind:job:index. store.py explains the idea.

local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = tonumber(time[1]) + tonumber(time[2]) / 1e6
end
local LEASE_S, MAX_ATTEMPTS, MAX_DURATION_S = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local A = {}
for i = 5, #ARGV do A[i - 4] = ARGV[i] end

local KINDS = {'publish', 'separate', 'finish', 'prepare'}
local EVENTS_KEPT, TRIES_KEPT, DEAD_KEPT = 5000, 30, 1000
local PARTS = {'leases', 'attempts', 'done', 'mixtures', 'stems', 'pieces', 'events', 'manifest', 'claims', 'tries', 'lost', 'dead'}

-- What jobs need that were accepted already is done although Redis is full: it refuses only a script's first write, and
-- never one that can free memory. For new jobs 20 % are left free (MOST_MEMORY in records.py).
local function even_when_full() redis.call('DEL', 'vl:room') end

local function job_key(job, part)
  return 'vl:job:' .. job .. (part and ':' .. part or '')
end

local function split(member)
  local kind, job, index = string.match(member, '^(%a+):([%w_]+):(%d+)$')
  return kind, job, tonumber(index)
end

local function get(job, field)
  local value = redis.call('HGET', job_key(job), field)
  return value ~= '' and value or nil
end

local function retention(job)
  return tonumber(get(job, 'retention_s') or 7 * 86400)  -- jobs of the first version have none of their own
end

local function terminal(job)
  local state = get(job, 'state')
  return state ~= 'queued' and state ~= 'running'
end

-- Per tenant the ids of its jobs, of all and by state. The scores are equal: ids sort by time.
local function listing(tenant, state) return 'vl:jobs:' .. tenant .. ':' .. state end

local function unlist(job)
  local tenant = get(job, 'tenant')
  redis.call('ZREM', listing(tenant, 'all'), job)
  redis.call('ZREM', listing(tenant, get(job, 'state')), job)
end

local function set_state(job, state)
  local tenant, old = get(job, 'tenant'), get(job, 'state')
  if old then redis.call('ZREM', listing(tenant, old), job) end
  redis.call('HSET', job_key(job), 'state', state)
  if not get(job, 'deleted_at') then
    redis.call('ZADD', listing(tenant, 'all'), 0, job)
    redis.call('ZADD', listing(tenant, state), 0, job)
  end
end

-- Slots of the live workers of a queue, and how many workers these are.
local function slots(queue)
  local sum, workers = 0, 0
  local fleet = redis.call('HGETALL', 'vl:slots:' .. queue)
  for i = 1, #fleet, 2 do
    if tonumber(redis.call('ZSCORE', 'vl:workers', fleet[i]) or 0) > now then
      sum, workers = sum + tonumber(fleet[i + 1]), workers + 1
    end
  end
  return sum, workers
end

-- Slots of the cpu-queue that may prepare and finish, which can take a minute each: one is always left for publishing.
local function long_slots()
  local cpu = slots('cpu')
  return math.max(cpu - 1, math.min(cpu, 1))
end

