-- job, manifest as JSON or '', pieces as a JSON list of JSON texts, then the record's fields and values.
-- 1: the record is made again; 0: the store knows this job.
local job, manifest = A[1], A[2]
if redis.call('EXISTS', job_key(job)) == 1 then return 0 end

-- Tokens are parts of object keys, and some are in use: none may be given out again. Each took more than a millisecond.
local least = math.floor(now * 1000)
if tonumber(redis.call('GET', 'vl:token') or 0) < least then
  redis.call('SET', 'vl:token', string.format('%d', least))
end

local state
for i = 4, #A, 2 do
  if A[i] == 'state' then state = A[i + 1] else redis.call('HSET', job_key(job), A[i], A[i + 1]) end
end
set_state(job, state)
if manifest ~= '' then redis.call('SET', job_key(job, 'manifest'), manifest) end
for i, piece in ipairs(cjson.decode(A[3])) do redis.call('HSET', job_key(job, 'pieces'), i - 1, piece) end
event(job, 'state', {state = state})
if terminal(job) then
  if state == 'succeeded' then remember_result(job) end
  redis.call('HSET', job_key(job), 'sweeps', 2)
  redis.call('ZADD', 'vl:sweeps', tonumber(get(job, 'finished_at')) + retention(job), job)
else
  local deadline = tonumber(get(job, 'deadline_at') or '')
  if deadline then redis.call('ZADD', 'vl:deadlines', deadline, job) end
  enqueue('prepare', job, 0)
end
return 1
