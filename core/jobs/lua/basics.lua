-- In front of every script, after keys.lua. ARGV: now ('' = the server's clock), lease seconds, maximum attempts, then
-- the script's arguments, which it reads from A. "member" is a task's name, kind:job:index. store.py explains the
-- design. A script checks its preconditions before its first write, because a failed script is not rolled back.

local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = tonumber(time[1]) + tonumber(time[2]) / 1e6
end
local LEASE_S, MAX_ATTEMPTS = tonumber(ARGV[2]), tonumber(ARGV[3])
local A = {}
for i = 4, #ARGV do A[i - 3] = ARGV[i] end

local KINDS = {'publish', 'separate', 'finish', 'prepare', 'extend', 'convert'}
local EVENTS_KEPT, TRIES_KEPT, DEAD_KEPT = 5000, 30, 1000
local PARTS = {'leases', 'attempts', 'done', 'mixtures', 'stems', 'pieces', 'events', 'manifest', 'claims', 'tries',
  'lost', 'dead'}

-- Jobs that were accepted continue although Redis is full: it refuses only a script's first write, and never one that
-- can free memory. New jobs leave 20 % free (MAX_MEMORY in records.py).
local function even_when_full() redis.call('DEL', key('room')) end

local function job_key(job, part)
  return part and key('job_' .. part, job) or key('job', job)
end

local function is_known(job) return redis.call('EXISTS', job_key(job)) == 1 end

local function split(member)
  local kind, job, index = string.match(member, '^(%a+):([%w_]+):(%d+)$')
  return kind, job, tonumber(index)
end

local function get(job, field)
  local value = redis.call('HGET', job_key(job), field)
  return value ~= '' and value or nil
end

local function number(job, field) return tonumber(get(job, field) or '') end

local function terminal(job)
  local state = get(job, 'state')
  return state ~= 'queued' and state ~= 'running'
end

local function is_stopping(job) return terminal(job) or get(job, 'cancel_requested_at') ~= nil end

-- Whether the job's outputs are there, from which conversions are made.
local function is_downloadable(job)
  return get(job, 'state') == 'succeeded' and not get(job, 'outputs_expired_at') and not get(job, 'deleted_at')
end

-- Whether the result of a task is no longer needed.
local function is_unwanted(member)
  local kind, job = split(member)
  if kind == 'convert' then return not is_downloadable(job) end
  return is_stopping(job)
end

-- The lists that contain a job: per tenant, and per batch, the ids of all jobs ('all') and of those in each state. The
-- scores are equal: ids sort by time.
local function lists(job, state)
  local tenant, batch = get(job, 'tenant'), get(job, 'batch')
  local names = {key('jobs', tenant, state)}
  if batch then names[2] = key('batch', tenant, batch, state) end
  return names
end

local function leave_lists(job, state)
  for _, name in ipairs(lists(job, state)) do redis.call('ZREM', name, job) end
end

local function unlist(job)
  leave_lists(job, 'all')
  leave_lists(job, get(job, 'state'))
end

local function set_state(job, state)
  local old = get(job, 'state')
  if old then leave_lists(job, old) end
  redis.call('HSET', job_key(job), 'state', state)
  if not get(job, 'deleted_at') then
    for _, name in ipairs(lists(job, 'all')) do redis.call('ZADD', name, 0, job) end
    for _, name in ipairs(lists(job, state)) do redis.call('ZADD', name, 0, job) end
  end
  redis.call(terminal(job) and 'SREM' or 'SADD', key('live'), job)
end

-- Slots of the live workers of a queue: the total, and by model.
local function slots(queue)
  local sum, by_model, fleet = 0, {}, redis.call('HGETALL', key('slots', queue))
  for i = 1, #fleet, 2 do
    local worker, count = fleet[i], tonumber(fleet[i + 1])
    if tonumber(redis.call('ZSCORE', key('workers'), worker) or 0) > now then
      sum = sum + count
      local model = redis.call('HGET', key('worker_models'), worker)
      if model then by_model[model] = (by_model[model] or 0) + count end
    end
  end
  return sum, by_model
end

