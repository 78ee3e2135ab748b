-- job, manifest as JSON or '', pieces as a JSON list of JSON texts, then the record's fields and values. 1: the record
-- is restored; 0: the store knows this job.
local job, manifest, pieces = A[1], A[2], cjson.decode(A[3])
if is_known(job) then return 0 end
local state
for i = 4, #A, 2 do
  if A[i] == 'state' then state = A[i + 1] end
end

-- Object keys contain tokens, so none may be issued again. Each took more than a millisecond.
local least = math.floor(now * 1000)
if tonumber(redis.call('GET', key('token')) or 0) < least then
  redis.call('SET', key('token'), string.format('%d', least))
end

for i = 4, #A, 2 do
  if A[i] ~= 'state' then redis.call('HSET', job_key(job), A[i], A[i + 1]) end
end
set_state(job, state)
if manifest ~= '' then redis.call('SET', job_key(job, 'manifest'), manifest) end
for i, piece in ipairs(pieces) do redis.call('HSET', job_key(job, 'pieces'), i - 1, piece) end
event(job, 'state', {state = state})
if terminal(job) then
  if state == 'succeeded' then remember_result(job) end
  redis.call('HSET', job_key(job), 'sweeps', 2)
  redis.call('ZADD', key('sweeps'), number(job, 'finished_at') + number(job, 'retention_s'), job)
else
  local deadline = number(job, 'deadline_at')
  if deadline then redis.call('ZADD', key('deadlines'), deadline, job) end
  enqueue(get(job, 'first_kind'), job, 0)
end
return 1
