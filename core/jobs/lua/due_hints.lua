-- seconds. Released tasks without a claim for so long: the message may be lost, or only waits. Counts them as sent. The
-- interval doubles each time, up to LONGEST times, so that a busy fleet reads few stale messages.
even_when_full()
local LONGEST = 8
local due = {}
for _, kind in ipairs(KINDS) do
  for _, member in ipairs(redis.call('ZRANGEBYSCORE', key('released', kind), '-inf', now - tonumber(A[1]))) do
    local _, job = split(member)
    local sent = tonumber(redis.call('HGET', key('hinted'), member) or 0)
    local since = tonumber(redis.call('ZSCORE', key('released', kind), member))
    if not is_known(job) then
      unrelease(kind, member)
    elseif since <= now - tonumber(A[1]) * math.min(2 ^ sent, LONGEST) then
      redis.call('ZADD', key('released', kind), 'XX', now, member)
      redis.call('HINCRBY', key('hinted'), member, 1)
      due[#due + 1] = member
    end
  end
end
return due
