-- jobs. For each: how many jobs begin before it and how many seconds are left, as text; '' where that is not known.

-- The jobs that release.lua would take before this one: each tenant's turn comes once per round.
local function position(job)
  if get(job, 'state') ~= 'queued' then return nil end
  local member, tenant = 'prepare:' .. job .. ':0', get(job, 'tenant')
  local sent = redis.call('ZRANK', released('prepare'), member)
  if sent then return sent end
  local own = redis.call('ZRANK', lane_jobs('prepare', tenant), job)
  if not own then return nil end
  local ahead, passed = redis.call('ZCARD', released('prepare')) + own, false
  for _, other in ipairs(redis.call('ZRANGE', lane_tenants('prepare'), 0, -1)) do
    if other == tenant then
      passed = true
    else
      ahead = ahead + math.min(redis.call('ZCARD', lane_jobs('prepare', other)), passed and own or own + 1)
    end
  end
  return ahead
end

-- What a queue does until this job's own part is done: while jobs take turns, another one delays it by at most as much.
local function shared(job, queue, own)
  local others = math.max(0, backlog(queue) - tonumber(get(job, LOADS[queue]) or 0))
  return own + math.min(others, own * (redis.call('SCARD', 'vl:live') - 1))
end

-- Seconds that preparing or finishing still takes.
local COSTS = {prepare = prepare_cost, finish = finish_cost}
local function rest(kind, job)
  return math.max(0, COSTS[kind](job) - (now - tonumber(get(job, kind .. '_began_at') or now)))
end

-- Seconds that the cpu-queue still needs for what it is doing for other jobs, when that takes all its slots.
local function others_in_hand(job)
  local sum, works = 0, 0
  for kind in pairs(COSTS) do
    for _, member in ipairs(redis.call('ZRANGE', leases(kind), 0, -1)) do
      local _, other = split(member)
      if other ~= job then sum, works = sum + rest(kind, other), works + 1 end
    end
  end
  return works < long_slots() and 0 or sum
end

-- Preparing and separating overlap, finishing comes after. A job cannot use more engines than it has chunks.
local function eta(job)
  local cost, chunks = chunk_cost(job), chunks_of(job)
  local _, engines = slots('gpu')
  if terminal(job) or get(job, 'cancel_requested_at') or engines == 0 or long_slots() == 0
      or not cost or not chunks or not audio_s(job) then
    return nil
  end
  local left = math.max(0, chunks - chunks_done(job))
  local own = left * cost
  local separate = math.max(shared(job, 'gpu', own) / engines, own / math.max(1, math.min(engines, left)))

  local prepare, finish = rest('prepare', job), rest('finish', job)
  -- Neither is divided, so that others' turns may be longer.
  local beside = math.max(shared(job, 'cpu', prepare + finish), prepare + finish + others_in_hand(job)) / long_slots()
  return math.max(math.max(prepare, separate) + finish, beside)
end

local answer = {}
for _, job in ipairs(A) do
  answer[#answer + 1] = tostring(position(job) or '')
  answer[#answer + 1] = tostring(eta(job) or '')
end
return answer
