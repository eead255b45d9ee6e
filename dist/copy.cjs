'use strict';

require('./start.cjs')('copy');
