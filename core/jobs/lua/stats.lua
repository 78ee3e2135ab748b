-- {separate works in lanes, released, leased, gpu slots, cpu slots, age of the oldest waiting as text}
local oldest = redis.call('ZRANGE', waiting('separate'), 0, 0, 'WITHSCORES')[2]
return {redis.call('ZCARD', waiting('separate')), redis.call('ZCARD', released('separate')),
  redis.call('ZCARD', leases('separate')), slots('gpu'), slots('cpu'),
  tostring(oldest and math.max(0, now - tonumber(oldest)) or 0)}
