-- seconds. {job, how often it was swept} whose objects are due for sweeping, or nil; not handed out again for so long.
even_when_full()
local job = redis.call('ZRANGEBYSCORE', 'vl:sweeps', '-inf', now, 'LIMIT', 0, 1)[1]
if not job then return nil end
redis.call('ZADD', 'vl:sweeps', 'XX', now + tonumber(A[1]), job)
return {job, tonumber(get(job, 'sweeps') or 0)}
