-- seconds. {job, number of earlier sweeps} of a due sweep, or nil; leased for so long.
even_when_full()
while true do
  local job = redis.call('ZRANGEBYSCORE', key('sweeps'), '-inf', now, 'LIMIT', 0, 1)[1]
  if not job then return nil end
  if is_known(job) then
    redis.call('ZADD', key('sweeps'), 'XX', now + tonumber(A[1]), job)
    return {job, number(job, 'sweeps') or 0}
  end
  redis.call('ZREM', key('sweeps'), job)
end
