'use strict';

require('./start.cjs')('diff');
